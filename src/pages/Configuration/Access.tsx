import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, LoadingPlaceholder, Text, TextLink } from '@grafana/ui';
import { useAccess } from '../../api/queries';
import type { GrafanaAccess } from '../../api/types';
import { Problem } from '../../components/Problem';
import { AccessForm } from './AccessForm';
import { Section } from './Section';

/** How Grafana may call the app, and the app Grafana. */
export function Access() {
  const access = useAccess();
  return (
    <Section title={t('configuration.access', 'Grafana access')}>
      <Text color="secondary">
        <Trans i18nKey="configuration.access-why">
          Grafana’s contact points call this app with a token. The call gets past Grafana’s door with it; what the app
          believes is the HMAC signature of each contact point.
        </Trans>
      </Text>
      {access.isPending && <LoadingPlaceholder text={t('configuration.loading', 'Loading…')} />}
      {access.isError && (
        <Problem
          title={t('configuration.access-failed', 'The access could not be loaded')}
          error={access.error}
          onRetry={() => void access.refetch()}
        />
      )}
      {access.data && <Body access={access.data} />}
    </Section>
  );
}

function Body({ access }: { access: GrafanaAccess }) {
  return (
    <>
      {access.managed && (
        <Alert
          severity="info"
          title={t('configuration.managed', 'Grafana manages a service account for this app')}
          bottomSpacing={0}
        >
          <Trans i18nKey="configuration.managed-saves">
            With it the app saves what editors change, and needs no token of an Admin for that. Contact points still need
            a token to call the app.
          </Trans>
        </Alert>
      )}
      <AccessForm access={access} />
      <Text variant="bodySmall" color="secondary">
        <Trans i18nKey="configuration.old-tokens">
          Tokens that were replaced stay valid until they are deleted at their service account; contact points in
          Grafana keep the one they were made with until they are repaired.
        </Trans>{' '}
        <TextLink href="/org/serviceaccounts" variant="bodySmall">
          {t('configuration.service-accounts', 'Service accounts')}
        </TextLink>
      </Text>
    </>
  );
}
