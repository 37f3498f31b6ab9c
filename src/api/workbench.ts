import { useMutation, useQuery, useQueryClient, keepPreviousData } from '@tanstack/react-query';
import { resource } from './request';
import type { ContactPointSettings, Person, Preview, Probe, Severity, TestResult } from './types';

export interface PreviewRequest {
  contact_point: string;
  draft?: ContactPointSettings;
  severity: Severity;
  status: 'firing' | 'resolved';
  text?: string;
}

/** How each target of the first step would see an alert. Nothing is sent. */
export const usePreview = (request: PreviewRequest, enabled: boolean) =>
  useQuery({
    queryKey: ['preview', request],
    queryFn: () => resource<Preview[]>('POST', '/v1/preview', request),
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** Sends a marked message along the way of a real alert, and waits for what becomes of it. */
export function useTest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: { contact_point: string; severity: Severity; text?: string }) =>
      resource<TestResult>('POST', '/v1/test', request),
    onSettled: () => void client.invalidateQueries(),
  });
}

/** Tests an account's credentials without sending anything. */
export const useProbe = () =>
  useMutation({
    mutationFn: (account: string) => resource<Probe>('POST', `/v1/accounts/${encodeURIComponent(account)}/probe`, {}),
  });

/** Asks the provider of an account for a person's id. */
export const useLookup = () =>
  useMutation({
    mutationFn: (request: { account: string; person: Person }) =>
      resource<{ id: string }>('POST', '/v1/people/lookup', request),
  });

/** Queues a failed or unknown delivery again. */
export function useResend() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => resource<{ queued: boolean }>('POST', `/v1/history/${encodeURIComponent(id)}/resend`, {}),
    onSettled: () => void client.invalidateQueries(),
  });
}
