import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert } from '@grafana/ui';

/** Says why there is no form for somebody who only may look. */
export function EditorsOnly() {
  return (
    <Alert severity="info" title={t('contact-points.editors-only', 'Editors change contact points')}>
      <Trans i18nKey="contact-points.editors-only-why">Your role may look at contact points, not change them.</Trans>
    </Alert>
  );
}
