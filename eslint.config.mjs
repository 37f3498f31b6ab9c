import { defineConfig } from 'eslint/config';
import grafanaI18n from '@grafana/i18n/eslint-plugin';
import baseConfig from './.config/eslint.config.mjs';

export default defineConfig([
  { ignores: ['**/node_modules/', 'dist/', 'bin/', 'coverage/', '.config/', 'pkg/', 'magefiles/', 'zabbix/'] },
  ...baseConfig,
  {
    files: ['tests/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { project: './tests/tsconfig.json' } },
  },
  {
    // Of the tests only these are React; what is called use… elsewhere is Playwright's.
    files: ['tests/harness/**/*.{ts,tsx}'],
    rules: { 'react-hooks/rules-of-hooks': 'error' },
  },
  {
    files: ['src/**/*.{ts,tsx}', 'tests/**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name='t'] > ObjectExpression:not(:has(> SpreadElement))",
          message: 'Values of t() are escaped twice unless ...plain (src/api/language.ts) goes with them.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.tsx', 'src/**/*.ts'],
    ignores: ['src/**/*.test.{ts,tsx}', 'src/testing/**'],
    plugins: { '@grafana/i18n': grafanaI18n },
    rules: {
      '@grafana/i18n/no-untranslated-strings': ['error', { calleesToIgnore: ['^css$', 'use[A-Z].*'] }],
      '@grafana/i18n/no-translation-top-level': 'error',
    },
  },
]);
