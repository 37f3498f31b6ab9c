import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { fromBackend } from './dollars';
import { resource } from './request';
import type {
  Accounts,
  ContactPoints,
  Defaults,
  Delivery,
  Figures,
  GrafanaAccess,
  Health,
  History,
  HistoryFilter,
  Manifest,
  Manual,
  People,
} from './types';

export const keys = {
  types: ['types'],
  accounts: ['accounts'],
  contactPoints: ['contact-points'],
  people: ['people'],
  defaults: ['defaults'],
  access: ['grafana'],
  health: ['health'],
  history: (filter: HistoryFilter) => ['history', filter],
  figures: (query: FiguresQuery) => ['figures', query],
  delivery: (id: string) => ['delivery', id],
  manual: (name: string) => ['manual', name],
};

/** The manifests of all types that this backend can send through. */
export const useTypes = () =>
  useQuery({ queryKey: keys.types, queryFn: () => resource<Manifest[]>('GET', '/v1/types'), staleTime: Infinity });

export const useAccounts = (enabled = true) =>
  useQuery({ queryKey: keys.accounts, queryFn: accounts, enabled });

async function accounts(): Promise<Accounts> {
  const told = await resource<Accounts>('GET', '/v1/accounts');
  return { ...told, accounts: told.accounts.map(fromBackend) };
}

export const useContactPoints = () =>
  useQuery({ queryKey: keys.contactPoints, queryFn: () => resource<ContactPoints>('GET', '/v1/contact-points') });

export const usePeople = () => useQuery({ queryKey: keys.people, queryFn: () => resource<People>('GET', '/v1/people') });

export const useDefaults = () =>
  useQuery({ queryKey: keys.defaults, queryFn: () => resource<Defaults>('GET', '/v1/defaults') });

export const useAccess = (enabled = true) =>
  useQuery({ queryKey: keys.access, queryFn: () => resource<GrafanaAccess>('GET', '/v1/grafana'), enabled });

export const useHealth = () => useQuery({ queryKey: keys.health, queryFn: () => resource<Health>('GET', '/v1/health') });

export const useManual = (name: string) =>
  useQuery({
    queryKey: keys.manual(name),
    queryFn: () => resource<Manual>('GET', `/v1/contact-points/${encodeURIComponent(name)}/manual`),
  });

const historyRefresh = 10_000;

/** Deliveries, newest first, a page at a time. */
export const useHistory = (filter: HistoryFilter, limit = 50) =>
  useInfiniteQuery({
    queryKey: keys.history(filter),
    queryFn: ({ pageParam }) => resource<History>('GET', `/v1/history${query({ ...filter, limit, after: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: historyRefresh,
    placeholderData: keepPreviousData,
  });

export const useDelivery = (id: string) =>
  useQuery({
    queryKey: keys.delivery(id),
    queryFn: () => resource<Delivery>('GET', `/v1/history/${encodeURIComponent(id)}`),
    refetchInterval: (q) => (q.state.data?.state === 'waiting' ? 2_000 : false),
  });

export interface FiguresQuery {
  since: string;
  until: string;
  buckets: number;
  contact_point?: string;
  account?: string;
}

export const useFigures = (q: FiguresQuery, enabled = true) =>
  useQuery({
    enabled,
    queryKey: keys.figures(q),
    queryFn: () => resource<Figures>('GET', `/v1/history/figures${query({ ...q })}`),
    refetchInterval: historyRefresh,
    placeholderData: keepPreviousData,
  });

/** A query string of what is set. */
export function query(values: Record<string, string | number | undefined>): string {
  const set = Object.entries(values).flatMap(([k, v]) => (v === undefined || v === '' ? [] : [[k, String(v)]]));
  return set.length > 0 ? `?${new URLSearchParams(set)}` : '';
}
