import { useMutation, useQueryClient } from '@tanstack/react-query';
import { change, readAnew } from './changes';
import { newToken } from './grafana';

export interface AccessRequest {
  revision: string;
  /** Grafana's address as seen from Grafana; empty for the one that it says itself. */
  url: string;
  /** Whether editors may save contact points and people, through a service account of the app. */
  editors: boolean;
}

/** The service accounts that the app is given. */
export const webhookAccount = 'yunluo';
export const settingsAccount = 'yunluo-settings';

/** Makes new tokens with the admin's own login and stores them. The entry is replaced whole, so both are made anew. */
async function grant({ revision, url, editors }: AccessRequest): Promise<void> {
  const webhook = await newToken(webhookAccount, 'Viewer');
  const settings = editors ? await newToken(settingsAccount, 'Admin') : undefined;
  await change({
    kind: 'put-access',
    revision,
    ...(url ? { url } : {}),
    webhook_token: webhook,
    ...(settings ? { settings_token: settings } : {}),
  });
}

export function useGrant() {
  const client = useQueryClient();
  return useMutation({ mutationFn: grant, onSettled: () => readAnew(client) });
}
