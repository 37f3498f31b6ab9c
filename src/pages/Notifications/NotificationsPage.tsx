import React, { useCallback, useEffect, useMemo, useState } from 'react';
import { useNavigate, useParams } from 'react-router-dom';
import { t, Trans } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { Button, EmptyState, LoadingPlaceholder, Stack, Text } from '@grafana/ui';
import { PLUGIN_BASE } from '../../constants';
import { useFigures, useHistory } from '../../api/queries';
import type { Delivery } from '../../api/types';
import { PageLinkButton } from '../../components/PageLinkButton';
import { Problem } from '../../components/Problem';
import { DeliveryDrawer } from './DeliveryDrawer';
import { DeliveryTable } from './DeliveryTable';
import { filterOf, isNarrowed, useSelection, windowOf, type Selection } from './filter';
import { Filters, nothing } from './Filters';
import { useNames, type Names } from './names';
import { OutcomeChart } from './OutcomeChart';

/** What was sent to whom, and what became of it. */
export function NotificationsPage() {
  const { selection, change, now, query } = useSelection();
  const filter = useMemo(() => filterOf(selection, now), [selection, now]);
  const history = useHistory(filter);
  const deliveries = useMemo(() => history.data?.pages.flatMap((page) => page.deliveries) ?? [], [history.data]);
  const names = useNames();
  const { '*': id } = useParams();
  const navigate = useNavigate();
  const hrefOf = useCallback((of: string) => `${PLUGIN_BASE}/notifications/${encodeURIComponent(of)}${query}`, [query]);
  return (
    <PluginPage
      renderTitle={() => <h1>{t('notifications.heading', 'Notifications')}</h1>}
      subTitle={t('notifications.subtitle', 'What was sent to whom, and what became of it')}
      actions={
        <Button variant="secondary" icon="sync" disabled={history.isFetching} onClick={() => void history.refetch()}>
          <Trans i18nKey="notifications.refresh">Refresh</Trans>
        </Button>
      }
    >
      <Stack direction="column" gap={2}>
        <NamedFilters selection={selection} onChange={change} deliveries={deliveries} names={names} />
        <Outcomes selection={selection} onChange={change} />
        {history.error && (
          <Problem
            title={t('notifications.error', 'The notifications could not be read')}
            error={history.error}
            onRetry={() => void history.refetch()}
          />
        )}
        {history.isPending && <LoadingPlaceholder role="status" text={t('notifications.loading', 'Loading notifications…')} />}
        {history.data && deliveries.length === 0 && <Nothing selection={selection} onChange={change} />}
        {deliveries.length > 0 && <DeliveryTable deliveries={deliveries} names={names} hrefOf={hrefOf} />}
        {history.hasNextPage && (
          <Stack justifyContent="center">
            <Button
              variant="secondary"
              disabled={history.isFetchingNextPage}
              onClick={() => void history.fetchNextPage()}
            >
              <Trans i18nKey="notifications.more">Load more</Trans>
            </Button>
          </Stack>
        )}
      </Stack>
      {id && <DeliveryDrawer id={id} hrefOf={hrefOf} onClose={() => navigate(`${PLUGIN_BASE}/notifications${query}`)} />}
    </PluginPage>
  );
}

interface SelectionProps {
  selection: Selection;
  onChange: (changed: Partial<Selection>) => void;
}

/** Names come from the configuration where the user may read it, and from what is shown: history outlives both. */
function NamedFilters({ deliveries, ...props }: SelectionProps & { deliveries: Delivery[]; names: Names }) {
  const { contactPoints, accounts } = props.names;
  const shown = (name: (d: Delivery) => string) => deliveries.map(name).filter(Boolean);
  return (
    <Filters
      {...props}
      contactPoints={[...new Set([...contactPoints, ...shown((d) => d.contact_point).flatMap(eachName)])]}
      accounts={[...new Set([...accounts, ...shown((d) => d.account)])]}
    />
  );
}

/** A digest of several contact points names them all. */
const eachName = (names: string) => names.split(', ');

const tick = 60_000;

/** The figures know contact points and accounts; what else is filtered by cannot be drawn. */
function Outcomes({ selection, onChange }: SelectionProps) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tick);
    return () => clearInterval(timer);
  }, []);
  const window = useMemo(() => windowOf(selection.range, now), [selection.range, now]);
  const hidden = Boolean(selection.search || selection.group);
  const { data, isError } = useFigures(
    { ...window, contact_point: selection.contact_point, account: selection.account },
    !hidden
  );
  if (isError && !hidden) {
    return (
      <Text color="secondary" variant="bodySmall" element="p">
        <Trans i18nKey="notifications.chart.failed">The deliveries over time could not be read; it is tried again.</Trans>
      </Text>
    );
  }
  if (hidden || !data || data.buckets.length === 0) {
    return null;
  }
  return (
    <OutcomeChart
      buckets={data.buckets}
      until={window.until}
      states={selection.state && [selection.state]}
      onNarrow={(range) => onChange({ range })}
    />
  );
}

function Nothing({ selection, onChange }: SelectionProps) {
  if (isNarrowed(selection)) {
    return (
      <EmptyState
        variant="not-found"
        message={t('notifications.empty.filtered', 'No notification matches')}
        button={
          <Button variant="secondary" onClick={() => onChange({ ...nothing, range: 'all' })}>
            <Trans i18nKey="notifications.empty.show-all">Show all notifications</Trans>
          </Button>
        }
      />
    );
  }
  if (selection.range !== 'all') {
    return (
      <EmptyState
        variant="not-found"
        message={t('notifications.empty.time', 'Nothing was sent in this time')}
        button={
          <Button variant="secondary" onClick={() => onChange({ range: 'all' })}>
            <Trans i18nKey="notifications.empty.all-time">Look at all time</Trans>
          </Button>
        }
      />
    );
  }
  return (
    <EmptyState
      variant="call-to-action"
      message={t('notifications.empty.never', 'Nothing was sent yet')}
      button={
        <PageLinkButton to={`${PLUGIN_BASE}/contact-points`}>
          <Trans i18nKey="notifications.empty.contact-points">Go to contact points</Trans>
        </PageLinkButton>
      }
    >
      <Trans i18nKey="notifications.empty.what-next">
        Create a contact point, link it with Grafana, and send a test: it appears here.
      </Trans>
    </EmptyState>
  );
}
