import React from 'react';
import type { PluginPageProps } from '@grafana/runtime';

/** Grafana's frame of a page, which draws its title and actions; the one that plugins get outside Grafana does not. */
export function PluginPage({ renderTitle, actions, children }: PluginPageProps) {
  return (
    <main>
      {renderTitle?.('')}
      {actions}
      {children}
    </main>
  );
}
