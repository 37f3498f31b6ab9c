import React from 'react';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { words } from '../api/language';
import { useHealth } from '../api/queries';

/** Says what keeps the app from doing as its pages show: settings that are not in force, or a store that cannot be written. */
export function HealthNote() {
  const health = useHealth().data;
  if (!health || health.problems.length === 0) {
    return null;
  }
  return (
    <Alert
      severity={health.ready ? 'warning' : 'error'}
      title={
        health.ready
          ? t('health.not-well', 'What is shown here is not all in force')
          : t('health.not-ready', 'The app takes no alerts')
      }
      bottomSpacing={0}
    >
      <ul>
        {health.problems.map((problem, i) => (
          <li key={i}>
            {words(problem)}
          </li>
        ))}
      </ul>
    </Alert>
  );
}
