import type { Page } from '@playwright/test';
import { field } from './support/forms';
import { feishuSettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

async function sendTest(page: Page, text: string) {
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const drawer = page.getByRole('dialog');
  await field(drawer, 'Text').fill(text);
  await drawer.getByRole('button', { name: 'Send test' }).click();
  await expect(drawer.getByText('Failed').first()).toBeVisible({ timeout: 30_000 });
  return drawer;
}

test.beforeEach(({ complaints }) => {
  // These organisations have no token for Grafana, so its side of a contact point is not known.
  complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
});

test('a wrong secret: probe and test say the code, and what to do', async ({ newOrg, open, sandbox }) => {
  const org = await newOrg(feishuSettings(sandbox.url, { secret: 'wrong' }));
  const page = await open(org, `${pluginBase}/accounts`);
  await page.getByRole('button', { name: 'Probe 飞书' }).click();
  const checks = page.getByRole('list', { name: 'Checks of 飞书' });
  await expect(checks).toContainText('10014');
  await expect(checks).toContainText('App Secret');

  await open(org, `${pluginBase}/contact-points/payments/edit`);
  const drawer = await sendTest(page, `wrong secret ${org.id}`);
  await expect(drawer).toContainText('10014');
  await expect(drawer).toContainText('App Secret');
  await drawer.getByText('The whole delivery').click();
  await expect(page.getByRole('dialog')).toContainText('10014');
  await expect(page.getByRole('dialog').getByRole('list', { name: 'Attempts' })).toContainText('10014');
});

test('a wrong secret: entering the right one puts it right, and what failed for it is sent', async ({ newOrg, open, sandbox, complaints }) => {
  complaints.allow(/refused: 422 POST .*\/v1\/notify/);
  const settings = feishuSettings(sandbox.url, { secret: 'wrong' });
  const org = await newOrg(settings);
  await org.save({ ...settings, secureJsonData: await org.access() });
  const page = await open(org, `${pluginBase}/contact-points/payments/edit`);
  await page.getByRole('button', { name: 'Create in Grafana' }).click();
  await expect(page.getByText('Written to Grafana')).toBeVisible();
  const answer = await org.fire({ contact_point: 'yunluo-payments', name: `Again${org.id}` });
  expect(answer.status, answer.body).toBe(422);
  expect(answer.body).toContain('10014');

  await open(org, `${pluginBase}/accounts`);
  await page.getByRole('link', { name: /Edit/ }).or(page.getByRole('button', { name: /Edit/ })).first().click();
  await page.getByRole('button', { name: 'Rotate secrets' }).click();
  await field(page, 'App Secret').fill('secret');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText(/is saved/)).toBeVisible();

  await open(org, `${pluginBase}/notifications`);
  await page.getByRole('link', { name: new RegExp(`Again${org.id}`) }).first().click();
  const drawer = page.getByRole('dialog');
  await sandbox.arrived(`Again${org.id}`);
  await expect(drawer.getByRole('list', { name: 'Attempts' }).getByRole('listitem')).toHaveCount(2);
  await expect(drawer.getByRole('list', { name: 'Attempts' })).toContainText('10014');
});

test('what failed for good is sent again by hand', async ({ open, sandbox }) => {
  const page = await open(1, `${pluginBase}/notifications`);
  await page.getByRole('row', { name: /Failed.*ApiDown/ }).getByRole('link').first().click();
  const drawer = page.getByRole('dialog');
  await expect(drawer).toContainText('400102');
  await drawer.getByRole('button', { name: 'Send again' }).click();
  await expect(drawer.getByText('Delivered').first()).toBeVisible();
  await sandbox.arrived('ApiDown', 'dingtalk');
});

test('a person whom the provider does not know', async ({ newOrg, open, sandbox }) => {
  const org = await newOrg(
    feishuSettings(sandbox.url, {
      people: [{ name: 'nobody', title: '查无此人', mobile: '+8613999999999' }],
      steps: [{ notify: [{ account: 'feishu', to: ['person:nobody'] }] }],
    })
  );
  const page = await open(org, `${pluginBase}/contact-points/payments/edit`);
  const drawer = await sendTest(page, `nobody ${org.id}`);
  await expect(drawer.getByRole('group', { name: /查无此人.*Failed/ })).toBeVisible();
  await drawer.getByText('The whole delivery').click();
  await expect(page.getByRole('dialog').getByRole('alert').first()).toContainText(/person|recipient|target|not found/i);
});

test('WeCom refuses an address that is not trusted: 60020, and where to enter it', async ({ newOrg, open, sandbox, request, grafana }) => {
  const demo = await (await request.get(`${grafana.grafana}/apptest/orgs/1/settings`)).json();
  const org = await newOrg({
    ...demo,
    jsonData: {
      accounts: { wecom: demo.jsonData.accounts['wecom-demo'] },
      people: demo.jsonData.people,
      contact_points: [{ name: 'payments', title: 'Payments', steps: [{ notify: [{ account: 'wecom', to: ['person:lilei'] }] }] }],
    },
    secureJsonData: { 'accounts.wecom': demo.secureJsonData['accounts.wecom-demo'] },
  });
  await sandbox.fault({ kind: 'code', provider: 'wecom', code: '60020', text: 'not allow to access from your ip, hint: [1], from ip: 203.0.113.7' });
  const page = await open(org, `${pluginBase}/contact-points/payments/edit`);
  const drawer = await sendTest(page, `untrusted ${org.id}`);
  await expect(drawer).toContainText('60020');
  await expect(drawer).toContainText('203.0.113.7');
  await expect(drawer).toContainText(/trusted/i);
});

test('settings that somebody else changed meanwhile are not overwritten', async ({ newOrg, open, sandbox, complaints }) => {
  complaints.allow(/refused: 409 PUT/);
  const settings = feishuSettings(sandbox.url);
  const org = await newOrg(settings);
  const page = await open(org, `${pluginBase}/contact-points/payments/edit`);
  await field(page, 'Title').fill('Mine');
  await org.save({ ...settings, jsonData: { ...settings.jsonData, people: [{ name: 'new', title: 'New', mobile: '+8613800000002' }] }, secureJsonData: {} });
  await page.getByRole('button', { name: 'Save contact point' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /changed/ }).first()).toBeVisible();
  await expect(field(page, 'Title')).toHaveValue('Mine');
  expect(JSON.stringify((await org.settings()).jsonData)).toContain('"New"');
});
