import React from 'react';
import { PluginPage } from '@grafana/runtime';

export function PeoplePage() {
  return <PluginPage>{null}</PluginPage>;
}
