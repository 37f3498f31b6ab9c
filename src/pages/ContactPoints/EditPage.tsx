import React, { useState } from 'react';
import { useLocation, useParams } from 'react-router-dom';
import { useQueryClient } from '@tanstack/react-query';
import { t, Trans } from '@grafana/i18n';
import { plain } from '../../api/language';
import { PluginPage } from '@grafana/runtime';
import { Alert, Button, EmptyState, LoadingPlaceholder, Stack } from '@grafana/ui';
import { keys, useContactPoints, useDefaults } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { ContactPoint, ContactPoints, ContactPointSettings } from '../../api/types';
import { HealthNote } from '../../components/HealthNote';
import { PageLinkButton } from '../../components/PageLinkButton';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';
import { PLUGIN_BASE } from '../../constants';
import { EditorsOnly } from './EditorsOnly';
import { PointForm } from './form/PointForm';
import { GrafanaSection } from './grafana/GrafanaSection';
import { TestDrawer } from './test/TestDrawer';
import { useChoices } from './useChoices';

/** One contact point: its form, and Grafana's side of it. */
export function EditPage() {
  const { name = '' } = useParams();
  const points = useContactPoints();
  const [testing, setTesting] = useState(false);
  const point = points.data?.contact_points.find((p) => p.name === name);
  const editor = hasRole('Editor');
  return (
    <PluginPage
      pageNav={{
        text: point?.title || name,
        parentItem: { text: t('contact-points.nav', 'Contact points'), url: `${PLUGIN_BASE}/contact-points` },
      }}
      actions={
        point && editor ? (
          <Stack gap={1}>
            <PageLinkButton
              variant="secondary"
              icon="history"
              to={`${PLUGIN_BASE}/notifications?contact_point=${encodeURIComponent(name)}`}
            >
              <Trans i18nKey="contact-points.its-notifications">Notifications</Trans>
            </PageLinkButton>
            <Button variant="secondary" icon="message" onClick={() => setTesting(true)}>
              <Trans i18nKey="contact-points.test">Test</Trans>
            </Button>
          </Stack>
        ) : undefined
      }
    >
      {!editor && <EditorsOnly />}
      {editor && points.isPending && (
        <LoadingPlaceholder text={t('contact-points.loading-one', 'Loading the contact point…')} />
      )}
      {editor && points.isError && !points.data && (
        <Problem
          title={t('contact-points.not-loaded', 'The contact points could not be loaded')}
          error={points.error}
          onRetry={() => points.refetch()}
        />
      )}
      {editor && points.data && !point && (
        <EmptyState
          variant="not-found"
          message={t('contact-points.no-such', 'There is no contact point named {{name}}', { ...plain, name })}
          button={
            <PageLinkButton to={`${PLUGIN_BASE}/contact-points`}>
              <Trans i18nKey="contact-points.to-list">All contact points</Trans>
            </PageLinkButton>
          }
        />
      )}
      {editor && points.data && point && <Point key={name} points={points.data} point={point} />}
      {testing && <TestDrawer name={name} title={point?.title} onClose={() => setTesting(false)} />}
    </PluginPage>
  );
}

function Point({ points, point }: { points: ContactPoints; point: ContactPoint }) {
  const { state } = useLocation();
  const created = typeof state === 'object' && state !== null && 'created' in state;
  return (
    <Stack direction="column" gap={3}>
      <ReadOnlyNote owner={points} />
      <HealthNote />
      {created && (
        <Alert severity="success" title={t('contact-points.created', 'The contact point is saved')} bottomSpacing={0}>
          <Trans i18nKey="contact-points.created-next">
            Create it in Grafana now, so that notification policies can send to it.
          </Trans>
        </Alert>
      )}
      <GrafanaSection point={point} revision={points.revision} adminsOnly={points.admins_only} />
      {!points.read_only && point.settings && <Form points={points} settings={point.settings} name={point.name} />}
    </Stack>
  );
}

interface FormProps {
  points: ContactPoints;
  settings: ContactPointSettings;
  name: string;
}

function Form({ points, settings, name }: FormProps) {
  const client = useQueryClient();
  const { choices, error, retry } = useChoices(true);
  const defaults = useDefaults();
  const [base, setBase] = useState({ settings, revision: points.revision, times: 0 });
  if (error) {
    return <Problem title={t('contact-points.no-choices', 'The form cannot be drawn')} error={error} onRetry={retry} />;
  }
  if (!choices || defaults.isPending) {
    return <LoadingPlaceholder text={t('contact-points.loading-form', 'Loading the form…')} />;
  }
  // Changes elsewhere in the settings do not matter here, but one of this contact point must not be lost.
  const changed = JSON.stringify(base.settings) !== JSON.stringify(settings);
  const saved = () => {
    const now = client.getQueryData<ContactPoints>(keys.contactPoints);
    const mine = now?.contact_points.find((p) => p.name === name)?.settings;
    if (now && mine) {
      setBase((was) => ({ ...was, settings: mine, revision: now.revision }));
    }
  };
  return (
    <PointForm
      key={base.times}
      name={name}
      initial={base.settings}
      revision={changed ? base.revision : points.revision}
      names={points.contact_points.map((p) => p.name)}
      choices={choices}
      defaults={defaults.data?.defaults ?? {}}
      onReload={changed ? () => setBase({ settings, revision: points.revision, times: base.times + 1 }) : undefined}
      onSaved={saved}
    />
  );
}
