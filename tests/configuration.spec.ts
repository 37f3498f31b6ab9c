import { emptySettings, feishuSettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

const where = '/plugins/yunluo-notify-app';

test('an admin switches the app on, sets up the access, and Grafana reaches the app with it', async ({ newOrg, open, sandbox, complaints }) => {
  // Before it is on there is no backend to ask.
  complaints.allow(/refused: 404 .*\/yunluo-notify-app\//);
  const org = await newOrg(null);
  const page = await open(org, where);
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await expect(page.getByText('Ready: alerts are taken and stored')).toBeVisible();
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByRole('button', { name: 'New token' })).toBeVisible();
  const access = JSON.parse((await org.settings()).secureJsonData.grafana ?? '{}');
  expect(access.webhook_token).toMatch(/^glsa_/);
  await expect(page.getByText(access.webhook_token)).toHaveCount(0);

  await org.save({ ...feishuSettings(sandbox.url), jsonData: { ...(await org.settings()).jsonData, ...feishuSettings(sandbox.url).jsonData } });
  await open(org, `${pluginBase}/contact-points/payments/edit`);
  await page.getByRole('button', { name: 'Create in Grafana' }).click();
  await expect(page.getByText('Written to Grafana')).toBeVisible();
  expect((await org.fire({ contact_point: 'yunluo-payments', name: `Set${org.id}` })).status).toBeLessThan(300);
  await sandbox.arrived(`Set${org.id}`);
});

test('an admin lets editors change contact points, and takes it back', async ({ newOrg, open }) => {
  const org = await newOrg(emptySettings);
  const page = await open(org, where);
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByRole('button', { name: 'New token' })).toBeVisible();
  await page.getByRole('button', { name: 'Let editors change them' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Allow' }).click();
  await expect(page.getByRole('button', { name: 'Take back' })).toBeVisible();
  expect(JSON.parse((await org.settings()).secureJsonData.grafana ?? '{}').settings_token).toMatch(/^glsa_/);
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await expect(page.getByRole('button', { name: 'Let editors change them' })).toBeVisible();
  expect(JSON.parse((await org.settings()).secureJsonData.grafana ?? '{}').settings_token ?? '').toBe('');
});

test('all accounts are checked, and the one that fails is named', async ({ newOrg, open, sandbox, complaints }) => {
  complaints.allow(/refused: 503 GET .*\/health/);
  const org = await newOrg(feishuSettings(sandbox.url, { secret: 'wrong' }));
  const page = await open(org, where);
  await page.getByRole('button', { name: 'Check all accounts' }).click();
  await expect(page.getByRole('main')).toContainText('10014');
});
