import { test as base, expect, type Page } from '@playwright/test';
import { startGrafana, type Running } from './serve';
import { watch, type Complaints } from './complaints';
import { Sandbox } from './sandbox';
import { Org, type Settings } from './org';

export interface Look {
  role?: 'Viewer' | 'Editor' | 'Admin';
  theme?: 'dark' | 'light';
  lang?: 'en-US' | 'zh-Hans';
}

interface Tests {
  /** An organisation of the test's own. */
  newOrg: (settings?: Settings | null, options?: { older?: boolean }) => Promise<Org>;
  /** Opens a page of the app as a user of an organisation. */
  open: (org: Org | number, path: string, look?: Look) => Promise<Page>;
  sandbox: Sandbox;
  /** What the page must not do, unless a test allows it. */
  complaints: Complaints;
}


interface Workers {
  /** Arguments of the play of Grafana; tests of a file may begin with other ones. */
  args: string[];
  harness: string | undefined;
  plugin: string | undefined;
  grafana: Running;
}

export const pluginBase = '/a/yunluo-notify-app';

export const test = base.extend<Tests, Workers>({
  args: [['-demo'], { option: true, scope: 'worker' }],
  harness: [undefined, { option: true, scope: 'worker' }],
  plugin: [undefined, { option: true, scope: 'worker' }],
  grafana: [
    async ({ args, harness, plugin }, use) => {
      const running = await startGrafana({ args, harness, plugin });
      await use(running);
      running.stop();
    },
    { scope: 'worker' },
  ],
  newOrg: async ({ grafana, request }, use) => {
    await use(async (settings = null, { older = false } = {}) => {
      const answer = await request.post(`${grafana.grafana}/apptest/orgs`, { data: { settings, older } });
      const { org } = await answer.json();
      return new Org(org, grafana.grafana, request);
    });
  },
  sandbox: async ({ grafana, request }, use) => {
    const sandbox = new Sandbox(grafana.sandbox, request);
    await use(sandbox);
    await sandbox.noFaults();
  },
  complaints: async ({ page }, use) => {
    const complaints = watch(page);
    await use(complaints);
    expect(complaints.left(), 'what the page complained of').toEqual([]);
  },
  open: async ({ grafana, page, context, complaints: _ }, use) => {
    await use(async (org, path, { role = 'Admin', theme = 'dark', lang = 'en-US' } = {}) => {
      const id = typeof org === 'number' ? org : org.id;
      const value = encodeURIComponent(new URLSearchParams({ role, theme, lang, org: String(id) }).toString());
      await context.addCookies([{ name: 'visitor', value, url: grafana.grafana }]);
      await page.goto(grafana.grafana + path);
      return page;
    });
  },
});

export { expect };
