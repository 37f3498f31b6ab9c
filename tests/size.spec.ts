import { expect, pluginBase, test } from './support/test';

const limit = 300 * 1024;

test('our own JavaScript until contact points are drawn stays below 300 KB', async ({ open, page }) => {
  const loaded: Array<{ url: string; size: number }> = [];
  page.on('response', async (r) => {
    const url = new URL(r.url()).pathname;
    if (url.startsWith('/public/plugins/yunluo-notify-app/') && url.endsWith('.js')) {
      loaded.push({ url, size: (await r.body()).length });
    }
  });
  await open(1, `${pluginBase}/contact-points`);
  await expect(page.getByText('everything').first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  const total = loaded.reduce((sum, one) => sum + one.size, 0);
  const module = loaded.find((one) => one.url.endsWith('/module.js'));
  console.log(`module.js ${module?.size} bytes, ${loaded.length} files with ${total} bytes in all, not compressed`);
  expect(module?.size).toBeLessThan(50 * 1024);
  expect(total, JSON.stringify(loaded)).toBeLessThan(limit);
});
