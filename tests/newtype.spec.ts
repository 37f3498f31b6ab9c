import { execFileSync } from 'node:child_process';
import { choose, field } from './support/forms';
import { emptySettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

// The plugin with one provider more, which is one folder and one line; no TypeScript knows it.
test.use({ plugin: 'bin/apptest/gpx_newtype', args: [] });

test('a new type of account is in gallery, form, preview and history', async ({ newOrg, open, complaints }) => {
  complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
  const org = await newOrg(emptySettings);
  const page = await open(org, `${pluginBase}/contact-points/new`);
  await expect(page.getByText('Releases a pigeon.')).toBeVisible();
  await page.getByText('Pigeon post', { exact: true }).click();
  await page.getByText(/new account/i).first().click();

  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pigeon post');
  await expect(page.getByText('Where the pigeon starts.')).toBeVisible();
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await field(page, 'Loft').fill('Trafalgar Square');
  await field(page, 'Ring number').fill('GB-26-N-12345');
  await choose(page, /^Breed/, 'carrier');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText(/is saved/)).toBeVisible();
  const stored = await org.settings();
  expect(stored.jsonData).toMatchObject({ accounts: { pigeon: { type: 'pigeon', loft: 'Trafalgar Square', breed: 'carrier' } } });
  expect(JSON.stringify(stored.jsonData)).not.toContain('GB-26');
  expect(stored.secureJsonData['accounts.pigeon']).toContain('GB-26-N-12345');

  await page.getByText(/(Continue with the contact point|New contact point with it)/).click();
  await field(page, 'Title').fill('By air');
  const recipients = page.getByRole('textbox', { name: 'Recipients' });
  await recipients.fill('nelson');
  await recipients.press('Enter');
  const preview = page.getByRole('complementary', { name: 'Preview' }).getByRole('article', { name: 'Message' });
  await expect(preview).toContainText('Coo');
  await expect(preview).toContainText('node-1');
  await page.getByRole('button', { name: 'Save contact point' }).click();
  await expect(page.getByText('The contact point is saved')).toBeVisible();

  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('button', { name: 'Send test' }).click();
  await expect(drawer.getByText('Delivered').first()).toBeVisible();
  await drawer.getByText('The whole delivery').click();
  await expect(page.getByRole('dialog')).toContainText('feather-nelson');
});

test('a new type of account is in the tables of the documentation', () => {
  // What `mage docs` writes into docs/providers.
  const tables = execFileSync('bin/apptest/newtype', ['types', 'pigeon', '--markdown', '--lang', 'en'], { encoding: 'utf8' });
  expect(tables).toContain('Where the pigeon starts.');
  expect(tables).toContain('| `ring` (or `ring_file`) | yes |');
});
