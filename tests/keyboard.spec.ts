import type { Page } from '@playwright/test';
import { feishuSettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

/** Presses Tab until what has a name is reached, and says which names were passed. */
async function tabTo(page: Page, name: RegExp, limit = 60): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < limit; i++) {
    await page.keyboard.press('Tab');
    const here = page.locator('*:focus');
    const said = (await here.count()) > 0 ? await here.evaluate((e) => e.getAttribute('aria-label') ?? e.textContent ?? e.id) : '';
    passed.push(said.slice(0, 40));
    if (name.test(said)) {
      const outline = await here.evaluate((e) => {
        const s = getComputedStyle(e);
        return s.outlineStyle !== 'none' || s.boxShadow !== 'none';
      });
      expect(outline, `${said} shows that it has the focus`).toBe(true);
      return;
    }
  }
  throw new Error(`not reached by Tab: ${name}; passed ${passed.join(' | ')}`);
}

/** Leaves a drawer by Escape; where a tooltip is open, the first one closes that. */
async function leave(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('a test is sent, and its drawer closed, by keys alone', async ({ newOrg, open, sandbox, complaints }) => {
  complaints.allow(/refused: 409 POST .*\/contact-points\/[\w-]+\/grafana/);
  const org = await newOrg(feishuSettings(sandbox.url));
  const page = await open(org, `${pluginBase}/contact-points`);
  await expect(page.getByText('Payments').first()).toBeVisible();
  await tabTo(page, /^Test/);
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog');
  await expect(drawer).toBeVisible();
  await expect.poll(() => drawer.evaluate((e) => e.contains(document.activeElement)), { message: 'the focus is in the drawer' }).toBe(true);
  await tabTo(page, /^Send test/);
  await page.keyboard.press('Enter');
  await expect(drawer.getByText('Delivered').first()).toBeVisible();
  await leave(page);
});

test('a type is chosen in the gallery by keys alone', async ({ newOrg, open, sandbox }) => {
  const org = await newOrg(feishuSettings(sandbox.url));
  const page = await open(org, `${pluginBase}/accounts/new`);
  await expect(page.getByText('DingTalk group robot').first()).toBeVisible();
  await tabTo(page, /DingTalk group robot/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('DingTalk group robot');
});

test('a notification is opened and left by keys alone, and the focus goes back to it', async ({ open }) => {
  const page = await open(1, `${pluginBase}/notifications`);
  await expect(page.getByRole('link', { name: /ApiDown/ }).first()).toBeVisible();
  await tabTo(page, /ApiDown/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await leave(page);
  await expect(page.getByRole('link', { name: /ApiDown/ }).first()).toBeFocused();
  // A click beside the drawer takes the focus from it before it closes.
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.mouse.click(300, 500);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('link', { name: /ApiDown/ }).first()).toBeFocused();
});

test('a person is opened and left by keys alone, and the focus goes back to what opened it', async ({ newOrg, open, sandbox }) => {
  const org = await newOrg(feishuSettings(sandbox.url));
  const page = await open(org, `${pluginBase}/people`);
  await expect(page.getByText('李雷').first()).toBeVisible();
  await tabTo(page, /^Edit 李雷/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /^Title/ })).toBeFocused();
  await leave(page);
  await expect(page.getByRole('button', { name: 'Edit 李雷' })).toBeFocused();
});
