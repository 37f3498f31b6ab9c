import type { Visitor } from './visitor';

declare global {
  interface Window {
    grafanaBootData?: unknown;
    __grafana_public_path__?: string;
  }
}

/** What Grafana writes into its page before its scripts. */
export function boot({ role, org, theme, lang }: Visitor): void {
  window.__grafana_public_path__ = '/public/';
  window.grafanaBootData = {
    settings: {
      appUrl: `${window.location.origin}/`,
      appSubUrl: '',
      namespace: org === 1 ? 'default' : `org-${org}`,
      buildInfo: { version: GRAFANA_VERSION, versionString: `Grafana v${GRAFANA_VERSION}`, commit: '', env: 'production', edition: 'Open Source' },
      featureToggles: {},
      unifiedAlertingEnabled: true,
      liveEnabled: false,
      defaultDatasource: '',
    },
    user: {
      id: 1,
      isSignedIn: true,
      login: role.toLowerCase(),
      name: role,
      email: `${role.toLowerCase()}@example.com`,
      orgId: org,
      orgRole: role,
      isGrafanaAdmin: false,
      theme,
      language: lang,
      timezone: 'browser',
      weekStart: '',
      permissions: {},
    },
    navTree: [],
    assets: { dark: '', light: '' },
  };
  document.documentElement.lang = lang;
}
