import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { EmptyState, FilterInput, LoadingPlaceholder, Stack } from '@grafana/ui';
import { useAccounts, useContactPoints, useTypes } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { ContactPoint, ContactPoints, Manifest } from '../../api/types';
import { HealthNote } from '../../components/HealthNote';
import { PageLinkButton } from '../../components/PageLinkButton';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';
import { PLUGIN_BASE } from '../../constants';
import { DeletePoint } from './DeletePoint';
import { PointCard } from './PointCard';
import { TestDrawer } from './test/TestDrawer';

export function ListPage() {
  const points = useContactPoints();
  const mayChange = hasRole('Editor') && points.data?.read_only === false && !points.data.admins_only;
  return (
    <PluginPage
      renderTitle={() => <h1>{t('contact-points.heading', 'Contact points')}</h1>}
      subTitle={t(
        'contact-points.subtitle',
        'Named ways to reach people, which Grafana’s notification policies send to'
      )}
      actions={mayChange && points.data && points.data.contact_points.length > 0 ? <NewButton /> : undefined}
    >
      {points.isPending && <LoadingPlaceholder text={t('contact-points.loading', 'Loading contact points…')} />}
      {points.isError && !points.data && (
        <Problem
          title={t('contact-points.not-loaded', 'The contact points could not be loaded')}
          error={points.error}
          onRetry={() => points.refetch()}
        />
      )}
      {points.data && <List data={points.data} mayChange={mayChange} />}
    </PluginPage>
  );
}

function NewButton() {
  return (
    <PageLinkButton icon="plus" to={`${PLUGIN_BASE}/contact-points/new`}>
      <Trans i18nKey="contact-points.new">New contact point</Trans>
    </PageLinkButton>
  );
}

/** From how many on a search is worth its place. */
const many = 6;

function List({ data, mayChange }: { data: ContactPoints; mayChange: boolean }) {
  const [search, setSearch] = useState('');
  const [testing, setTesting] = useState<ContactPoint>();
  const [deleting, setDeleting] = useState<ContactPoint>();
  const typesOf = useTypesOf();
  const all = data.contact_points;
  const wanted = search.trim().toLowerCase();
  const found = all.filter((p) => `${p.name} ${p.title ?? ''}`.toLowerCase().includes(wanted));
  return (
    <Stack direction="column" gap={2}>
      <ReadOnlyNote owner={data} />
      {hasRole('Editor') && <HealthNote />}
      {all.length === 0 && <Empty mayChange={mayChange} />}
      {all.length >= many && (
        <FilterInput
          value={search}
          onChange={setSearch}
          escapeRegex={false}
          aria-label={t('contact-points.search', 'Search contact points')}
          placeholder={t('contact-points.search-hint', 'Search by name or title')}
        />
      )}
      {all.length > 0 && found.length === 0 && (
        <EmptyState
          variant="not-found"
          message={t('contact-points.none-found', 'No contact point fits')}
          role="alert"
        />
      )}
      <Stack direction="column" gap={1}>
        {found.map((point) => (
          <PointCard
            key={point.name}
            point={point}
            types={typesOf(point)}
            mayDelete={mayChange}
            onTest={() => setTesting(point)}
            onDelete={() => setDeleting(point)}
          />
        ))}
      </Stack>
      {testing && <TestDrawer name={testing.name} title={testing.title} onClose={() => setTesting(undefined)} />}
      {deleting && <DeletePoint point={deleting} revision={data.revision} onClose={() => setDeleting(undefined)} />}
    </Stack>
  );
}

function Empty({ mayChange }: { mayChange: boolean }) {
  return (
    <EmptyState
      variant="call-to-action"
      message={t('contact-points.empty', 'There is no contact point yet')}
      button={mayChange ? <NewButton /> : undefined}
    >
      {mayChange ? (
        <Trans i18nKey="contact-points.empty-next">
          Pick a type, choose an account, name the people. Then create it in Grafana with one press.
        </Trans>
      ) : (
        <Trans i18nKey="contact-points.empty-viewer">Editors can make one.</Trans>
      )}
    </EmptyState>
  );
}

/** The types of a contact point's accounts, each once, in the order of its steps. */
function useTypesOf(): (point: ContactPoint) => Manifest[] {
  const accounts = useAccounts(hasRole('Editor')).data?.accounts;
  const types = useTypes().data;
  return (point) => {
    const steps = point.settings?.steps;
    const used = (Array.isArray(steps) ? steps : []).flatMap((s) => (s.notify ?? []).map((n) => n.account));
    const names = used.map((name) => accounts?.find((a) => a.name === name)?.type);
    return (types ?? [])
      .filter((m) => names.includes(m.type))
      .sort((a, b) => names.indexOf(a.type) - names.indexOf(b.type));
  };
}
