import React from 'react';
import { t } from '@grafana/i18n';
import { LoadingPlaceholder } from '@grafana/ui';
import { useDefaults } from '../../api/queries';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';
import { DefaultsForm } from './DefaultsForm';
import { Section } from './Section';

/** What holds where an alert or a contact point says nothing. */
export function DefaultsSection() {
  const defaults = useDefaults();
  return (
    <Section title={t('configuration.defaults', 'Defaults')}>
      {defaults.isPending && <LoadingPlaceholder text={t('configuration.loading', 'Loading…')} />}
      {defaults.isError && (
        <Problem
          title={t('configuration.defaults-failed', 'The defaults could not be loaded')}
          error={defaults.error}
          onRetry={() => void defaults.refetch()}
        />
      )}
      {defaults.data &&
        (defaults.data.read_only ? <ReadOnlyNote owner={defaults.data} /> : <DefaultsForm saved={defaults.data} />)}
    </Section>
  );
}
