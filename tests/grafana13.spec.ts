import { expect, pluginBase, test } from './support/test';

// The same bundle in Grafana 13's packages and React 19.
test.use({ harness: 'harness-13' });

for (const [where, says] of [
  ['/contact-points', 'everything'],
  ['/contact-points/new', 'Feishu app'],
  ['/contact-points/demo/edit', 'Save contact point'],
  ['/notifications', 'ApiDown'],
  ['/people', '李雷'],
  ['/accounts', 'feishu-demo'],
  ['/accounts/new', 'Feishu app'],
] as const) {
  test(`${where} is drawn by Grafana 13`, async ({ open }) => {
    const page = await open(1, pluginBase + where);
    await expect(page.getByRole('main').getByText(says).first()).toBeVisible();
    await page.waitForLoadState('networkidle');
  });
}

test('the configuration page is drawn by Grafana 13', async ({ open }) => {
  const page = await open(1, '/plugins/yunluo-notify-app');
  await expect(page.getByRole('main').getByText('Yunluo').first()).toBeVisible();
  await page.waitForLoadState('networkidle');
});

test('a form with changes is left only after a question in Grafana 13', async ({ open }) => {
  const page = await open(1, `${pluginBase}/contact-points/demo/edit`);
  await page.getByRole('textbox', { name: /^Title/ }).fill('Mine');
  await page.getByRole('navigation').getByText('People').click();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await question.getByRole('button', { name: 'Keep editing' }).click();
  await expect(page.getByRole('textbox', { name: /^Title/ })).toHaveValue('Mine');
  await page.getByRole('navigation').getByText('People').click();
  await question.getByRole('button', { name: 'Discard changes' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People');
});

test('a test is sent in Grafana 13', async ({ open, sandbox }) => {
  const page = await open(1, `${pluginBase}/contact-points/demo/edit`);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('textbox', { name: /^Text/ }).fill('sent by React 19');
  await drawer.getByRole('button', { name: 'Send test' }).click();
  await expect(drawer.getByText('Delivered').first()).toBeVisible();
  await sandbox.arrived('sent by React 19');
});
