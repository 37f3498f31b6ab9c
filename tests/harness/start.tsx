import React from 'react';
import { createRoot } from 'react-dom/client';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { EventBusSrv, setTimeZoneResolver, type ScopedVars } from '@grafana/data';
import * as runtime from '@grafana/runtime';
import { setPluginPage } from 'grafana-plugin-page';
import { backendSrv } from './backend';
import { Grafana } from './Grafana';
import { Page } from './Page';
import { loadPlugin } from './plugin';
import type { Visitor } from './visitor';

async function initTexts(lang: string): Promise<void> {
  await i18next.use(initReactI18next).init({
    partialBundledLanguages: true,
    resources: {},
    returnEmptyString: false,
    lng: lang,
    fallbackLng: 'en-US',
    supportedLngs: ['en-US', 'zh-Hans', 'zh-Hant', 'de-DE', 'fr-FR', 'ja-JP'],
    ns: ['grafana'],
    showSupportNotice: false,
  });
}

/** Sets what Grafana's own start sets in @grafana/runtime. */
function playServices(): void {
  runtime.setBackendSrv(backendSrv());
  runtime.setAppEvents(new EventBusSrv());
  setPluginPage(Page);
  runtime.setCurrentUser(runtime.config.bootData.user);
  runtime.setReturnToPreviousHook(() => () => {});
  runtime.setChromeHeaderHeightHook(() => 40);
  runtime.setEchoSrv({ flush: () => {}, addBackend: () => {}, addEvent: () => {} });
  runtime.setTemplateSrv({
    getVariables: () => [],
    replace: (target?: string, _vars?: ScopedVars) => target ?? '',
    containsTemplate: () => false,
    updateTimeRange: () => {},
  });
  runtime.setPluginLinksHook(() => ({ links: [], isLoading: false }));
  runtime.setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setTimeZoneResolver(() => 'browser');
}

export async function start({ lang }: Visitor): Promise<void> {
  playServices();
  await initTexts(lang);
  const { plugin, meta } = await loadPlugin(lang);
  const root = document.getElementById('reactRoot');
  if (!root) {
    throw new Error('the page has no #reactRoot');
  }
  createRoot(root).render(<Grafana plugin={plugin} meta={meta} />);
}
