import path from 'node:path';
import { expect, pluginBase, test } from './support/test';

// The core has a file of its own; pages show it and change nothing.
test.use({ args: [`-core=${path.resolve('bin', 'apptest', 'yunluo')}`] });

test('attached to a core: pages are read-only and name the file', async ({ open, complaints }) => {
  complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
  const page = await open(1, `${pluginBase}/contact-points`);
  await expect(page.getByText('支付').first()).toBeVisible();
  await expect(page.getByText(/yunluo\.yaml/).first()).toBeVisible();
  await expect(page.getByText('New contact point')).toHaveCount(0);
  // What a core's accounts are is its own affair.
  await page.getByRole('navigation').getByText('Accounts').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Accounts');
  await expect(page.getByText(/yunluo\.yaml/).first()).toBeVisible();
  await expect(page.getByRole('button', { name: /New account|Delete/ })).toHaveCount(0);
  await page.getByRole('navigation').getByText('People').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People');
  await expect(page.getByText(/yunluo\.yaml/).first()).toBeVisible();
  await page.screenshot({ path: path.join('dist', 'pictures', 'app-people-read-only.png'), animations: 'disabled' });
});

test('attached to a core: a test goes through it', async ({ open, sandbox, complaints }) => {
  complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
  const page = await open(1, `${pluginBase}/contact-points`);
  await page.getByRole('button', { name: /^Test/ }).first().click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('textbox', { name: /^Text/ }).fill('through the core');
  await drawer.getByRole('button', { name: 'Send test' }).click();
  await expect(drawer.getByText('Delivered').first()).toBeVisible();
  await sandbox.arrived('through the core');
});
