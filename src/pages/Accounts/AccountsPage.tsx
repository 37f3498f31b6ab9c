import React from 'react';
import { PluginPage } from '@grafana/runtime';

export function AccountsPage() {
  return <PluginPage>{null}</PluginPage>;
}
