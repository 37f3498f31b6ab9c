import { field } from './support/forms';
import { feishuSettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

const typed = '${ENV} costs $5, $$';

test('dollar signs are kept as they are typed, in every form', async ({ newOrg, open, sandbox, complaints }) => {
  complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
  const org = await newOrg(feishuSettings(sandbox.url));
  const page = await open(org, `${pluginBase}/contact-points/payments/edit`);
  await field(page, 'Title').fill(typed);
  await page.getByRole('button', { name: 'Save contact point' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await expect(field(page, 'Title')).toHaveValue(typed);

  await open(org, `${pluginBase}/people`);
  await page.getByRole('button', { name: 'Edit 李雷' }).click();
  await field(page, 'Title').fill(typed);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('cell', { name: typed, exact: true })).toBeVisible();

  await open(org, `${pluginBase}/accounts/feishu/edit`);
  await field(page, 'Title').fill(typed);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(`${typed} is saved`)).toBeVisible();

  await open(org, '/plugins/yunluo-notify-app');
  await field(page, 'Public address').fill('https://grafana.example.com/${ENV}');
  await page.getByRole('button', { name: 'Save defaults' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await page.reload();
  await expect(field(page, 'Public address')).toHaveValue('https://grafana.example.com/${ENV}');
});
