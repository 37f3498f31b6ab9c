import { useMutation, useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { PLUGIN_ID } from '../constants';
import { toBackend } from './dollars';
import { keys, query } from './queries';
import { call, resource } from './request';
import type { Changed, ContactPointSettings, Person, PluginSettings, Settings } from './types';

/** A change of the app's settings. Each names the revision that it was made from. */
export type Change =
  | { kind: 'put-account'; revision: string; name: string; create?: boolean; type: string; settings: Settings; secrets?: Record<string, string> }
  | { kind: 'delete-account'; revision: string; name: string }
  | { kind: 'put-contact-point'; revision: string; name: string; create?: boolean; settings: ContactPointSettings }
  | { kind: 'delete-contact-point'; revision: string; name: string }
  | { kind: 'new-secret'; revision: string; name: string }
  | { kind: 'put-person'; revision: string; name: string; create?: boolean; settings: Omit<Person, 'name'> }
  | { kind: 'delete-person'; revision: string; name: string }
  | { kind: 'put-defaults'; revision: string; defaults: Settings; public_url?: string }
  | { kind: 'put-access'; revision: string; url?: string; webhook_token: string; settings_token?: string };

/** What a change brought, besides being saved: a secret that is shown this once. */
export interface ChangeResult {
  hmacSecret?: string;
}

/**
 * The backend checks a change and says what is to be stored; where it may not store that itself, the user's own login does.
 * Grafana keeps the settings of an app, so there is no other way to store them.
 */
export async function change(c: Change): Promise<ChangeResult> {
  const changed = await asked(c);
  if (!changed.saved) {
    await saveSettings(changed.save);
  }
  return { hmacSecret: changed.hmac_secret };
}

export function saveSettings(settings: PluginSettings): Promise<unknown> {
  return call({ method: 'POST', url: `/api/plugins/${PLUGIN_ID}/settings`, body: settings });
}

function asked(c: Change): Promise<Changed> {
  switch (c.kind) {
    case 'put-account':
      return resource('PUT', `/v1/accounts/${encodeURIComponent(c.name)}`, bodyOf({ ...c, settings: toBackend(c.settings) }));
    case 'delete-account':
      return resource('DELETE', `/v1/accounts/${encodeURIComponent(c.name)}${query({ revision: c.revision })}`);
    case 'put-contact-point':
      return resource('PUT', `/v1/contact-points/${encodeURIComponent(c.name)}`, bodyOf(c));
    case 'delete-contact-point':
      return resource('DELETE', `/v1/contact-points/${encodeURIComponent(c.name)}${query({ revision: c.revision })}`);
    case 'new-secret':
      return resource('POST', `/v1/contact-points/${encodeURIComponent(c.name)}/secret`, { revision: c.revision });
    case 'put-person':
      return resource('PUT', `/v1/people/${encodeURIComponent(c.name)}`, bodyOf(c));
    case 'delete-person':
      return resource('DELETE', `/v1/people/${encodeURIComponent(c.name)}${query({ revision: c.revision })}`);
    case 'put-defaults':
      return resource('PUT', '/v1/defaults', bodyOf(c));
    case 'put-access':
      return resource('PUT', '/v1/grafana', bodyOf(c));
  }
}

/** The body is the change without what its path says. */
function bodyOf(c: Change): object {
  const { kind: _kind, ...rest } = c;
  if ('name' in rest) {
    const { name: _name, ...body } = rest;
    return body;
  }
  return rest;
}

/** Makes changes, after which everything is read anew. */
export function useChange() {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => readAnew(client) });
}

/** What carries the settings' revision, from which the next change is made. */
const revised: QueryKey[] = [keys.accounts, keys.contactPoints, keys.people, keys.defaults, keys.access];

/** Reads everything anew, and waits for the settings alone: what is asked of Grafana or rendered takes its time. */
export function readAnew(client: QueryClient): Promise<unknown> {
  void client.invalidateQueries();
  return Promise.all(revised.map((queryKey) => client.invalidateQueries({ queryKey, exact: true }, { cancelRefetch: false })));
}
