import { getConfig, screen } from '@testing-library/react';
import { locationService } from '@grafana/runtime';

/** Lets Grafana go somewhere, and waits until that is drawn. */
export const goes = (to: () => void): Promise<void> => getConfig().asyncWrapper(async () => to());

let pages = 0;

/** Goes to a page of Grafana's where nobody was yet, and tells whether that was asked about first. */
export async function asksToLeave(): Promise<boolean> {
  await goes(() => locationService.push(`/pages/${++pages}`));
  return screen.queryByRole('dialog', { name: 'Leave without saving?', hidden: true }) !== null;
}
