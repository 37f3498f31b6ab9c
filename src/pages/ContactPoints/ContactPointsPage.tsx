import React from 'react';
import { PluginPage } from '@grafana/runtime';

export function ContactPointsPage() {
  return <PluginPage>{null}</PluginPage>;
}
