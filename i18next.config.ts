import { defineConfig } from 'i18next-cli';

/** `npm run locales` finds every text of the pages; a text without Chinese fails the tests (src/locales/locales.test.ts). */
export default defineConfig({
  locales: ['en-US', 'zh-Hans'],
  extract: {
    input: ['src/**/*.{ts,tsx}'],
    ignore: ['src/**/*.test.{ts,tsx}', 'src/testing/**'],
    output: 'src/locales/{{language}}/{{namespace}}.json',
    defaultNS: 'yunluo-notify-app',
    functions: ['t', '*.t'],
    transComponents: ['Trans'],
    sort: true,
    removeUnusedKeys: true,
  },
});
