import { defineConfig } from '@playwright/test';

/** `npm run e2e`, after what tests/README.md builds. One worker: all tests share a plugin and a sandbox. The times are for busy machines: they end what hangs. */
export default defineConfig({
  testDir: 'tests',
  outputDir: 'bin/playwright',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: 'bin/playwright.json' }]],
  use: {
    viewport: { width: 1280, height: 900 },
    timezoneId: 'Asia/Shanghai',
    locale: 'en-US',
    actionTimeout: 30_000,
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--font-render-hinting=none'] },
  },
});
