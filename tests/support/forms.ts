import type { Locator, Page } from '@playwright/test';

/** Chooses in a Combobox of Grafana's, which opens a list in a portal. */
export async function choose(within: Page | Locator, label: string | RegExp, option: string): Promise<void> {
  const box = within.getByRole('combobox', { name: label, exact: true });
  await box.click();
  const page = 'page' in within && typeof within.page === 'function' ? within.page() : within;
  await page.getByRole('option', { name: option }).first().click();
}

/** A text field: the name of one holds its help too. */
export function field(within: Page | Locator, label: string): Locator {
  return within.getByRole('textbox', { name: new RegExp(`^${label}`) });
}
