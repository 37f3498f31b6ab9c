import type { Page } from '@playwright/test';

export interface Complaints {
  /** Lets complaints pass that a test is about, such as the request that a provider refuses. */
  allow(pattern: RegExp): void;
  left(): string[];
}

/** Notes errors in the console, unhandled rejections, failed requests, and Grafana's own red toasts. */
export function watch(page: Page): Complaints {
  const heard: string[] = [];
  const allowed: RegExp[] = [];
  page.on('console', (m) => {
    // What a refused request says there is said below with its address.
    if ((m.type() === 'error' || m.type() === 'warning') && !m.text().startsWith('Failed to load resource')) {
      heard.push(`console: ${m.text()}`);
    }
  });
  page.on('pageerror', (e) => heard.push(`error: ${e.message}`));
  page.on('requestfailed', (r) => {
    // A page that is left gives up what it asked.
    if (r.failure()?.errorText !== 'net::ERR_ABORTED') {
      heard.push(`failed: ${r.method()} ${r.url()} ${r.failure()?.errorText}`);
    }
  });
  page.on('response', (r) => {
    if (r.status() >= 400) {
      heard.push(`refused: ${r.status()} ${r.request().method()} ${new URL(r.url()).pathname}`);
    }
  });
  return {
    allow: (pattern) => allowed.push(pattern),
    left: () => heard.filter((one) => !allowed.some((pattern) => pattern.test(one))),
  };
}
