import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import type { Owner } from '../api/types';

/** Says where the configuration is when it is not Grafana's. */
export function ReadOnlyNote({ owner }: { owner: Owner }) {
  if (!owner.read_only) {
    return null;
  }
  return (
    <Alert severity="info" title={t('read-only.title', 'Configured in a file')}>
      {owner.config_path ? (
        <Trans i18nKey="read-only.where" values={{ path: owner.config_path }}>
          This app uses a core with a configuration of its own. Change {'{{path}}'} there.
        </Trans>
      ) : (
        <Trans i18nKey="read-only.somewhere">This app uses a core with a configuration of its own. Change it there.</Trans>
      )}
    </Alert>
  );
}
