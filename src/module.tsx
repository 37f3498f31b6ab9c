import React, { Suspense, lazy } from 'react';
import { AppPlugin, type AppPluginMeta, type AppRootProps, type PluginConfigPageProps } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { LoadingPlaceholder } from '@grafana/ui';
import { PLUGIN_ID } from './constants';
import { addWhoWasTold } from './whoWasTold';

// Nothing that has texts is drawn before this. It is not awaited here, since Grafana takes what an AMD module returns at once.
const translated = initPluginTranslations(PLUGIN_ID);

const LazyApp = lazy(async () => {
  await translated;
  return { default: (await import('./components/App')).App };
});
const LazyConfiguration = lazy(async () => {
  await translated;
  return { default: (await import('./pages/Configuration')).Configuration };
});

const App = (_props: AppRootProps) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyApp />
  </Suspense>
);

const ConfigurationPage = (props: PluginConfigPageProps<AppPluginMeta>) => (
  <Suspense fallback={<LoadingPlaceholder text="" />}>
    <LazyConfiguration {...props} />
  </Suspense>
);

export const plugin = addWhoWasTold(
  new AppPlugin<{}>().setRootPage(App).addConfigPage({
    title: 'Configuration',
    icon: 'cog',
    body: ConfigurationPage,
    id: 'configuration',
  })
);
