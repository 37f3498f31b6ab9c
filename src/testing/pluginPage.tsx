import React from 'react';
import type { PluginPageProps } from '@grafana/runtime';

/** Grafana's frame of a page, which draws its actions; the one that plugins get outside Grafana does not. */
export function PluginPage({ actions, children }: PluginPageProps) {
  return (
    <main>
      {actions}
      {children}
    </main>
  );
}
