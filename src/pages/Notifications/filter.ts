import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { deliveryStates, type DeliveryState, type HistoryFilter } from '../../api/types';

export type Preset = '1h' | '24h' | '7d' | 'all';
export const presets: Preset[] = ['1h', '24h', '7d', 'all'];

const hour = 3_600_000;
const spans: Record<Exclude<Preset, 'all'>, number> = { '1h': hour, '24h': 24 * hour, '7d': 7 * 24 * hour };

/** What the address of the page selects. Links from elsewhere set any of it. */
export interface Selection {
  search?: string;
  contact_point?: string;
  account?: string;
  state?: DeliveryState;
  group?: string;
  /** A preset, or a window of its own. */
  range: Preset | { since: string; until: string };
}

export function readSelection(params: URLSearchParams): Selection {
  const group = params.get('group') || undefined;
  const state = deliveryStates.find((s) => s === params.get('state'));
  const since = time(params.get('since'));
  const until = time(params.get('until'));
  const preset = presets.find((p) => p === params.get('range'));
  return {
    search: params.get('search') || undefined,
    contact_point: params.get('contact_point') || undefined,
    account: params.get('account') || undefined,
    state,
    group,
    // Whoever asks for one group wants all of it.
    range: since && until ? { since, until } : (preset ?? (group ? 'all' : '7d')),
  };
}

function time(text: string | null): string | undefined {
  const at = text ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

export function writeSelection({ range, ...rest }: Selection): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) {
    if (value) {
      params.set(name, value);
    }
  }
  if (typeof range === 'object') {
    params.set('since', range.since);
    params.set('until', range.until);
  } else if (range !== (rest.group ? 'all' : '7d')) {
    params.set('range', range);
  }
  return params;
}

export const isNarrowed = (s: Selection) => Boolean(s.search || s.contact_point || s.account || s.state || s.group);

/** The history that a selection asks for, seen from a moment. */
export function filterOf({ range, ...rest }: Selection, now: number): HistoryFilter {
  if (typeof range === 'object') {
    return { ...rest, ...range };
  }
  return range === 'all' ? rest : { ...rest, since: new Date(now - spans[range]).toISOString() };
}

/** The window and the number of bars of the chart. All time is drawn as its last 30 days, as long as history is kept by default. */
export function windowOf(range: Selection['range'], now: number): { since: string; until: string; buckets: number } {
  if (typeof range === 'object') {
    return { ...range, buckets: 24 };
  }
  const span = range === 'all' ? 30 * 24 * hour : spans[range];
  const buckets = { '1h': 12, '24h': 24, '7d': 28, all: 30 }[range];
  return { since: new Date(now - span).toISOString(), until: new Date(now).toISOString(), buckets };
}

/** The selection in the page's address, and how to change it. */
export function useSelection() {
  const [params, setParams] = useSearchParams();
  const text = params.toString();
  const selection = useMemo(() => readSelection(new URLSearchParams(text)), [text]);
  // Kept while the page shows one selection, so that what was loaded stays one list: it has no end in time.
  const [now, setNow] = useState(() => Date.now());
  const change = useCallback(
    (changed: Partial<Selection>) => {
      setNow(Date.now());
      setParams((old) => writeSelection({ ...readSelection(old), ...changed }), { replace: true });
    },
    [setParams]
  );
  return { selection, change, now, query: text ? `?${text}` : '' };
}
