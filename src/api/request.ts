import { lastValueFrom } from 'rxjs';
import { getBackendSrv, isFetchError } from '@grafana/runtime';
import i18next from 'i18next';
import { PLUGIN_ID } from '../constants';
import type { Fault } from './types';

/** Why a request was not served, in words for people. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly faults: Fault[] = []
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

export interface Request {
  method: string;
  /** Below Grafana's sub path. */
  url: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** Asks Grafana with the user's own login. A refusal is an answer too; only a call that got none throws. */
export async function ask({ method, url, body, headers }: Request): Promise<Answer> {
  try {
    const response = await lastValueFrom(
      getBackendSrv().fetch<unknown>({
        method,
        url,
        data: body,
        headers: { Accept: 'application/json', 'Accept-Language': i18next.language || 'en', ...headers },
        showErrorAlert: false,
        showSuccessAlert: false,
      })
    );
    return { status: response.status, body: response.data };
  } catch (error) {
    if (isFetchError<unknown>(error) && error.status > 0) {
      return { status: error.status, body: error.data };
    }
    throw new RequestError(messageOf(error), 0, 'unreachable');
  }
}

/** Calls Grafana's own API, and throws a RequestError for what it refuses. */
export async function call<T>(request: Request): Promise<T> {
  const answer = await ask(request);
  if (answer.status < 200 || answer.status > 299) {
    throw refusal(answer);
  }
  // What our own backend and Grafana answer; the types say what we rely on.
  return answer.body as T;
}

/** Calls the app's backend. */
export function resource<T>(method: string, path: string, body?: unknown): Promise<T> {
  return call<T>({ method, url: `/api/plugins/${PLUGIN_ID}/resources${path}`, body });
}

/** What an answer says that is none that was asked for. */
export function refusal({ status, body }: Answer): RequestError {
  const said = isRecord(body) ? body : {};
  const sentence = [said.error, said.message].find((s): s is string => typeof s === 'string' && s !== '');
  const faults = Array.isArray(said.faults) ? said.faults.filter(isFault) : [];
  const code = typeof said.code === 'string' ? said.code : '';
  return new RequestError(
    sentence ?? (typeof body === 'string' && body !== '' ? body : `HTTP ${status}`),
    status,
    code,
    faults
  );
}

function isRecord(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null;
}

function isFault(v: unknown): v is Fault {
  return isRecord(v) && typeof v.path === 'string' && isRecord(v.message);
}

export function messageOf(error: unknown): string {
  if (error instanceof Error && error.message) {
    return error.message;
  }
  if (isFetchError<unknown>(error)) {
    return error.statusText || `HTTP ${error.status}`;
  }
  return String(error);
}
