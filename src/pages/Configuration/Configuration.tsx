import React from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';

export function Configuration(_props: PluginConfigPageProps<AppPluginMeta>) {
  return <div />;
}
