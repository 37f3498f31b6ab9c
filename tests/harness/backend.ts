import { from, lastValueFrom, mergeMap, throwError, of, type Observable } from 'rxjs';
import { AppEvents } from '@grafana/data';
import { getAppEvents, config, type BackendSrv, type BackendSrvRequest, type FetchError, type FetchResponse } from '@grafana/runtime';

interface Raw {
  response: Response;
  data: unknown;
}

async function send(request: BackendSrvRequest): Promise<Raw> {
  const url = new URL(request.url, window.location.origin);
  for (const [name, value] of Object.entries<unknown>(request.params ?? {})) {
    url.searchParams.set(name, String(value));
  }
  const headers = new Headers(request.headers);
  headers.set('X-Grafana-Org-Id', String(config.bootData.user.orgId));
  let body: string | undefined;
  if (request.data !== undefined && request.data !== null) {
    body = typeof request.data === 'string' ? request.data : JSON.stringify(request.data);
    headers.set('Content-Type', 'application/json');
  }
  const response = await fetch(url, { method: request.method ?? 'GET', headers, body, signal: request.abortSignal });
  const text = await response.text();
  return { response, data: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(data: unknown): string | undefined {
  if (typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string') {
    return data.message;
  }
  return undefined;
}

/** Grafana's way of asking: refusals are errors, and both are told in a toast unless the caller says otherwise. */
function play<T>(request: BackendSrvRequest): Observable<FetchResponse<T>> {
  return from(send(request)).pipe(
    mergeMap(({ response, data }) => {
      const { status, statusText, ok, headers, redirected, type, url } = response;
      const message = messageOf(data);
      if (ok) {
        if (message && request.method && request.method !== 'GET' && request.showSuccessAlert !== false) {
          getAppEvents().publish({ type: AppEvents.alertSuccess.name, payload: [message] });
        }
        // The caller says what it expects; Grafana does not check that either.
        return of({ status, statusText, ok, headers, redirected, type, url, data: data as T, config: request });
      }
      const error: FetchError<unknown> = {
        status,
        statusText,
        data: typeof data === 'string' ? { message: data, error: statusText, response: data } : data,
        config: request,
      };
      if (request.showErrorAlert !== false) {
        setTimeout(() => {
          if (!error.isHandled) {
            getAppEvents().publish({ type: AppEvents.alertError.name, payload: [message ?? statusText] });
          }
        }, 50);
      }
      return throwError(() => error);
    })
  );
}

const only = async <T>(request: BackendSrvRequest): Promise<T> => (await lastValueFrom(play<T>(request))).data;

export function backendSrv(): BackendSrv {
  const played: Partial<BackendSrv> = {
    fetch: play,
    get: (url, params, requestId, options) => only({ ...options, method: 'GET', url, params, requestId }),
    delete: (url, data, options) => only({ ...options, method: 'DELETE', url, data }),
    post: (url, data, options) => only({ ...options, method: 'POST', url, data }),
    patch: (url, data, options) => only({ ...options, method: 'PATCH', url, data }),
    put: (url, data, options) => only({ ...options, method: 'PUT', url, data }),
  };
  // What is missing throws where it is called.
  return played as BackendSrv;
}
