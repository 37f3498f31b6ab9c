import i18next from 'i18next';
import { AppPlugin, type AppPluginMeta } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { shareModules } from './shared';

export const pluginId = 'yunluo-notify-app';

/** What GET /api/plugins/<id>/settings answers, as far as it is used. */
export interface Meta extends AppPluginMeta {
  module: string;
  translations: Record<string, string>;
}

/** Loads the plugin as Grafana does from 12.1 on: its texts first, then its module with what they share. */
export async function loadPlugin(lang: string): Promise<{ plugin: AppPlugin; meta: Meta }> {
  const meta = await getBackendSrv().get<Meta>(`/api/plugins/${pluginId}/settings`);
  const language = meta.translations[lang] ? lang : 'en-US';
  const path = meta.translations[language];
  if (path) {
    const texts: unknown = await (await fetch(`/${path}`)).json();
    i18next.addResourceBundle(language, pluginId, texts, true, false);
  }
  const { plugin } = await shareModules().import(`/${meta.module}`);
  if (!(plugin instanceof AppPlugin)) {
    throw new Error('module.js gives no app plugin');
  }
  plugin.meta = meta;
  plugin.init(meta);
  return { plugin, meta };
}
