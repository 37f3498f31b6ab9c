import React from 'react';
import { PluginPage } from '@grafana/runtime';

export function NotificationsPage() {
  return <PluginPage>{null}</PluginPage>;
}
