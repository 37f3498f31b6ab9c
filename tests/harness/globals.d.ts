/** The version of Grafana that is played. */
declare const GRAFANA_VERSION: string;

declare module 'systemjs/dist/system.js';
declare module 'systemjs/dist/extras/amd.js';
declare module 'systemjs/dist/extras/named-register.js';

declare module 'grafana-plugin-page' {
  import type { PluginPageProps } from '@grafana/runtime';
  export function setPluginPage(page: React.ComponentType<PluginPageProps>): void;
}
