import { throwError, of, type Observable } from 'rxjs';
import { setBackendSrv, type BackendSrv, type BackendSrvRequest, type FetchResponse } from '@grafana/runtime';
import { PLUGIN_ID } from '../constants';

export interface Asked {
  method: string;
  /** Without the address of the app's resources, which is most of them. */
  path: string;
  body: unknown;
}

export type Handler = (asked: Asked) => unknown;

/** A refusal, for a handler to return. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly body: unknown
  ) {}
}

/**
 * Plays Grafana at the edge where the pages leave the browser. Handlers are named "METHOD /path" without the query; what
 * has none is an error of the test. Returns what was asked so far.
 */
export function playBackend(handlers: Record<string, Handler>): Asked[] {
  const asked: Asked[] = [];
  const resources = `/api/plugins/${PLUGIN_ID}/resources`;
  const fetch = (request: BackendSrvRequest): Observable<FetchResponse<unknown>> => {
    const path = request.url.startsWith(resources) ? request.url.slice(resources.length) : request.url;
    const one: Asked = { method: request.method ?? 'GET', path, body: request.data };
    asked.push(one);
    const handler = handlers[`${one.method} ${path.split('?')[0]}`];
    if (!handler) {
      throw new Error(`nobody plays ${one.method} ${path}`);
    }
    const answer = handler(one);
    if (answer instanceof Refusal) {
      return throwError(() => ({ status: answer.status, statusText: '', data: answer.body, config: request }));
    }
    const response: Partial<FetchResponse<unknown>> = { status: 200, ok: true, data: answer, config: request };
    return of(response as FetchResponse<unknown>);
  };
  const played: Pick<BackendSrv, 'fetch'> = { fetch: fetch as BackendSrv['fetch'] };
  setBackendSrv(played as BackendSrv);
  return asked;
}
