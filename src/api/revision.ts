import { useState } from 'react';
import { RequestError } from './request';

/** Whether a change was refused because the settings changed since they were read. */
export const isOutdated = (error: unknown): boolean => error instanceof RequestError && error.code === 'changed';

/**
 * The revision that a form was filled from, so that nobody's change is written over unseen. Once the form's user was told of
 * a newer one, or made it, `adopt` takes that.
 */
export function useRevision(newest: string): { revision: string; adopt: () => void } {
  const [from, setFrom] = useState<string | undefined>(newest);
  return { revision: from ?? newest, adopt: () => setFrom(undefined) };
}
