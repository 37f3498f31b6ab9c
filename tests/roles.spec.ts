import { feishuSettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

test.describe('a viewer', () => {
  test('sees contact points and notifications, and is offered no change', async ({ newOrg, open, sandbox }) => {
    const org = await newOrg(feishuSettings(sandbox.url));
    const page = await open(org, `${pluginBase}/contact-points`, { role: 'Viewer' });
    await expect(page.getByText('Payments').first()).toBeVisible();
    for (const name of [/New contact point/, /^Edit/, /^Test/, /Delete/]) {
      await expect(page.getByRole('button', { name }).or(page.getByRole('link', { name }))).toHaveCount(0);
    }
    await page.getByRole('navigation').getByText('People').click();
    await expect(page.getByText('李雷').first()).toBeVisible();
    await expect(page.getByRole('main')).not.toContainText('13800000001');
    await expect(page.getByRole('button', { name: /New person|Add/ })).toHaveCount(0);
    await expect(page.getByRole('navigation').getByText('Accounts')).toHaveCount(0);
  });

  for (const path of ['/contact-points/new', '/contact-points/payments/edit', '/accounts', '/accounts/new']) {
    test(`is told why ${path} is not for them`, async ({ newOrg, open, sandbox }) => {
      const org = await newOrg(feishuSettings(sandbox.url));
      const page = await open(org, pluginBase + path, { role: 'Viewer' });
      await expect(page.getByRole('main')).toContainText(/editor|admin/i);
      await expect(page.getByRole('textbox')).toHaveCount(0);
    });
  }
});

test.describe('an editor', () => {
  test('tests a contact point, and may not save it while no admin allowed editors to', async ({ newOrg, open, sandbox, complaints }) => {
    complaints.allow(/refused: 403 PUT .*\/v1\/contact-points\/payments/);
    complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
    const org = await newOrg(feishuSettings(sandbox.url));
    const page = await open(org, `${pluginBase}/contact-points/payments/edit`, { role: 'Editor' });
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send test' }).click();
    await expect(page.getByRole('dialog').getByText('Delivered').first()).toBeVisible();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('textbox', { name: /^Title/ }).fill('Changed by an editor');
    await page.getByRole('button', { name: 'Save contact point' }).click();
    await expect(page.getByRole('alert').filter({ hasText: /admin/i }).first()).toBeVisible();
    expect(JSON.stringify((await org.settings()).jsonData)).not.toContain('Changed by an editor');
  });

  test('saves it with the token that an admin gave for that', async ({ newOrg, open, sandbox, complaints }) => {
    complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
    const settings = feishuSettings(sandbox.url);
    const org = await newOrg(settings);
    await org.save({ ...settings, secureJsonData: await org.access({ settings: true }) });
    const page = await open(org, `${pluginBase}/contact-points/payments/edit`, { role: 'Editor' });
    await page.getByRole('textbox', { name: /^Title/ }).fill('Changed by an editor');
    await page.getByRole('button', { name: 'Save contact point' }).click();
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    expect(JSON.stringify((await org.settings()).jsonData)).toContain('Changed by an editor');
  });

  test('sees accounts, and is offered no change of them', async ({ newOrg, open, sandbox }) => {
    const org = await newOrg(feishuSettings(sandbox.url));
    const page = await open(org, `${pluginBase}/accounts`, { role: 'Editor' });
    await expect(page.getByText('飞书').first()).toBeVisible();
    for (const name of [/New account/, /^Edit/, /^Delete/, /^Probe/]) {
      await expect(page.getByRole('button', { name }).or(page.getByRole('link', { name }))).toHaveCount(0);
    }
  });
});

test('an organisation where the app was never set up is told so', async ({ newOrg, open, complaints }) => {
  complaints.allow(/refused: 404/);
  const org = await newOrg(null);
  const page = await open(org, `${pluginBase}/contact-points`);
  await expect(page.getByRole('alert').first()).toContainText(/Plugin setting not found|not (set up|enabled)|enable/i);
});
