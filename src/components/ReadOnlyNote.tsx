import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import type { Owner } from '../api/types';

/** Says why nothing can be changed here: the configuration is not Grafana's, or no admin let editors change it. */
export function ReadOnlyNote({ owner }: { owner: Owner }) {
  if (owner.admins_only) {
    return (
      <Alert severity="info" title={t('read-only.admins-title', 'Only admins can save changes here')}>
        <Trans i18nKey="read-only.admins">
          Ask one to let editors change contact points and people: on the Configuration page of this app, under Grafana
          access.
        </Trans>
      </Alert>
    );
  }
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
