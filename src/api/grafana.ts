import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ask, call, resource, RequestError, type Answer } from './request';
import type { Linked } from './types';

/** What the backend wants to know of Grafana: the page asks it with the user's login, who may do what the user may. */
interface Question {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

type Turn = { ask: Question } | { state: Linked; path?: string };

export interface LinkState {
  state: Linked;
  /** Grafana's own page of the contact point. */
  path?: string;
}

interface LinkRequest {
  name: string;
  write: boolean;
  title?: string;
  force?: boolean;
}

const maxTurns = 20;

/** Compares Grafana's contact point with ours, or makes it so. The backend decides each step, this page takes it. */
export async function link({ name, ...request }: LinkRequest): Promise<LinkState> {
  const answers: Answer[] = [];
  for (let turn = 0; turn <= maxTurns; turn++) {
    const next = await resource<Turn>('POST', `/v1/contact-points/${encodeURIComponent(name)}/grafana`, {
      ...request,
      answers,
    });
    if ('state' in next) {
      return next;
    }
    const { method, path, headers, body } = next.ask;
    answers.push(await ask({ method, url: path, headers, body }));
  }
  throw new RequestError(`no end after ${maxTurns} turns`, 0, 'turns');
}

const linkKey = (name: string) => ['link', name];

export const useLinkState = (name: string, enabled: boolean) =>
  useQuery({ queryKey: linkKey(name), queryFn: () => link({ name, write: false }), enabled, retry: false, staleTime: 30_000 });

/** Creates the contact point in Grafana, or puts right what differs. */
export function useLink() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: Omit<LinkRequest, 'write'>) => link({ ...request, write: true }),
    onSuccess: (state, { name }) => client.setQueryData(linkKey(name), state),
  });
}

/** The role of a service account: OSS Grafana knows no smaller rights than a role's. */
export type ServiceAccountRole = 'Viewer' | 'Admin';

interface ServiceAccount {
  id: number;
  name: string;
  role: string;
}

/** Finds the service account of a name, or makes it, and makes a new token for it. Names of tokens are unique in an organisation. */
export async function newToken(name: string, role: ServiceAccountRole): Promise<string> {
  const found = await call<{ serviceAccounts: ServiceAccount[] }>({
    method: 'GET',
    url: `/api/serviceaccounts/search?query=${encodeURIComponent(name)}&perpage=100`,
  });
  const account =
    found.serviceAccounts.find((a) => a.name === name && a.role === role) ??
    (await call<ServiceAccount>({ method: 'POST', url: '/api/serviceaccounts', body: { name, role, isDisabled: false } }));
  const token = await call<{ key: string }>({
    method: 'POST',
    url: `/api/serviceaccounts/${account.id}/tokens`,
    body: { name: `${name}-${Date.now().toString(36)}` },
  });
  return token.key;
}
