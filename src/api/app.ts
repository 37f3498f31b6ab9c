import { useMutation } from '@tanstack/react-query';
import { PLUGIN_ID } from '../constants';
import { saveSettings } from './changes';
import { ask, call, refusal, resource } from './request';
import type { Health } from './types';

interface Stored {
  jsonData?: Record<string, unknown>;
}

/**
 * Switches the app on or off in the organisation. What is stored besides is read first, since what the page was loaded with
 * may be old. An app that is switched off leaves no sealed settings behind.
 */
async function enable(enabled: boolean): Promise<void> {
  if (!enabled) {
    await resource('DELETE', '/v1/settings/sealed');
  }
  const stored = await call<Stored>({ method: 'GET', url: `/api/plugins/${PLUGIN_ID}/settings` });
  await saveSettings({ enabled, pinned: enabled, jsonData: stored.jsonData ?? {}, secureJsonData: {} });
}

export const useEnable = () => useMutation({ mutationFn: enable });

interface HealthCheck {
  details: Health;
}

/** How the core is, with a test of every account. Grafana answers 503 when something is wrong, with the same content. */
async function check(): Promise<Health> {
  const answer = await ask({ method: 'GET', url: `/api/plugins/${PLUGIN_ID}/health` });
  if (!isHealthCheck(answer.body)) {
    throw refusal(answer);
  }
  return answer.body.details;
}

function isHealthCheck(body: unknown): body is HealthCheck {
  return (
    typeof body === 'object' &&
    body !== null &&
    'details' in body &&
    typeof body.details === 'object' &&
    body.details !== null
  );
}

export const useCheck = () => useMutation({ mutationFn: check });
