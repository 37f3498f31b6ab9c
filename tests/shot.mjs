// node tests/shot.mjs PATH out.png [--theme dark] [--lang zh-Hans] [--role Viewer] [--org 1] [--width 1280] [--height 900] [--url http://…]
// Takes a picture of a page as it is in a Grafana of its own with the demo's data, or of one that runs at --url already.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { register } from 'tsx/cjs/api';

register();
const { startGrafana } = createRequire(import.meta.url)('./support/serve.ts');

const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    theme: { type: 'string', default: 'dark' },
    lang: { type: 'string', default: 'en-US' },
    role: { type: 'string', default: 'Admin' },
    org: { type: 'string', default: '1' },
    width: { type: 'string', default: '1280' },
    height: { type: 'string', default: '900' },
    url: { type: 'string' },
    plugin: { type: 'string' },
    harness: { type: 'string' },
    dist: { type: 'string' },
    click: { type: 'string', multiple: true, default: [] },
  },
});
const [path = '/a/yunluo-notify-app', out = 'page.png'] = positionals;
const grafana = o.url ? { grafana: o.url, stop: () => {} } : await startGrafana({ args: ['-demo'], plugin: o.plugin, harness: o.harness, dist: o.dist });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: Number(o.width), height: Number(o.height) } });
  page.on('console', (m) => console.log(`console ${m.type()}: ${m.text()}`));
  page.on('pageerror', (e) => console.log(`error: ${e.stack}`));
  page.on('response', (r) => r.status() >= 400 && console.log(`${r.status()} ${r.request().method()} ${r.url()}`));
  const asked = new URL(path, grafana.grafana);
  for (const name of ['theme', 'lang', 'role', 'org']) {
    asked.searchParams.set(name, o[name]);
  }
  await page.goto(asked.href);
  await page.waitForLoadState('networkidle');
  for (const name of o.click) {
    await page.getByText(name, { exact: true }).or(page.getByRole('button', { name })).or(page.getByRole('link', { name })).first().click();
    await page.waitForLoadState('networkidle');
  }
  await page.waitForTimeout(300);
  await page.screenshot({ path: out, fullPage: true, animations: 'disabled' });
} finally {
  await browser.close();
  grafana.stop();
}
