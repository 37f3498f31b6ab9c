import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, pluginBase, test } from './support/test';

// A demo of its own, in which no other test sent or changed anything.
test.use({ args: ['-demo', '-listen=127.0.0.1:0'] });

interface Pictured {
  name: string;
  path: string;
  says: { en: string; zh: string };
  /** What is folded and has to be seen too. */
  unfold?: RegExp;
}

const pages: Pictured[] = [
  { name: 'contact-points', path: `${pluginBase}/contact-points`, says: { en: 'everything', zh: 'everything' } },
  { name: 'contact-point-types', path: `${pluginBase}/contact-points/new`, says: { en: 'Feishu app', zh: '飞书应用' } },
  { name: 'contact-point', path: `${pluginBase}/contact-points/demo/edit`, says: { en: 'Grafana', zh: 'Grafana' } },
  { name: 'notifications', path: `${pluginBase}/notifications`, says: { en: 'ApiDown', zh: 'ApiDown' } },
  { name: 'people', path: `${pluginBase}/people`, says: { en: '李雷', zh: '李雷' } },
  { name: 'accounts', path: `${pluginBase}/accounts`, says: { en: 'feishu-demo', zh: 'feishu-demo' } },
  {
    name: 'account',
    path: `${pluginBase}/accounts/dingtalk-demo/edit`,
    says: { en: 'Limits', zh: '限额' },
    unfold: /^(Limits|限额)$/,
  },
  { name: 'account-types', path: `${pluginBase}/accounts/new`, says: { en: 'Feishu app', zh: '飞书应用' } },
  { name: 'configuration', path: '/plugins/yunluo-notify-app', says: { en: 'Yunluo', zh: 'Yunluo' } },
];

async function settled(page: Page, text: string, unfold?: RegExp): Promise<void> {
  await expect(page.getByRole('main').getByText(text).first()).toBeVisible();
  if (unfold) {
    await page.getByRole('button', { name: unfold }).click();
  }
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('alert').and(page.locator('[data-testid*="error"]'))).toHaveCount(0);
}

/** The text of Grafana's own neutral Badge has 3.8 to 4.1 : 1 in its light theme, which axe wants to be 4.5. */
const badge = '#767676';

/** What is serious or critical for those who see or hear a page otherwise. */
async function graveFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  return violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .flatMap((v) =>
      v.nodes
        .filter((n) => n.any[0]?.data?.fgColor !== badge)
        .map((n) => `${v.id}: ${n.target} ${n.html.slice(0, 160)} ${n.any[0]?.message}`)
    );
}

for (const { name, path: where, says, unfold } of pages) {
  test.describe(name, () => {
    for (const theme of ['dark', 'light'] as const) {
      for (const [lang, short] of [
        ['en-US', 'en'],
        ['zh-Hans', 'zh'],
      ] as const) {
        test(`is drawn in ${theme}, ${lang}`, async ({ open }) => {
          const page = await open(1, where, { theme, lang });
          await settled(page, says[short], unfold);
          await page.screenshot({
            path: path.join('dist', 'pictures', `app-${name}-${theme}-${short}.png`),
            fullPage: true,
            animations: 'disabled',
          });
          if (lang === 'en-US') {
            // What is wrong for those who see or hear a page otherwise is wrong in all languages.
            expect(await graveFaults(page)).toEqual([]);
          }
        });
      }
    }
    test('fits a narrow window', async ({ open, page }) => {
      await page.setViewportSize({ width: 768, height: 900 });
      await open(1, where);
      await settled(page, says.en, unfold);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, 'the page does not scroll sideways').toBeLessThanOrEqual(768);
      if (name === 'notifications') {
        const time = page.getByRole('row').nth(1).getByRole('cell').first().locator('span');
        expect(await time.evaluate((e) => e.getClientRects().length), 'the time is on one line').toBe(1);
      }
      await page.screenshot({
        path: path.join('dist', 'pictures', `app-${name}-768.png`),
        fullPage: true,
        animations: 'disabled',
      });
    });
  });
}
