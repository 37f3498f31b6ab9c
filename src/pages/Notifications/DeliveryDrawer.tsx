import React, { type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Alert, Drawer, LoadingPlaceholder, Stack, Text, useStyles2 } from '@grafana/ui';
import { PLUGIN_BASE } from '../../constants';
import { plain, words } from '../../api/language';
import { useDelivery, useTypes } from '../../api/queries';
import type { Delivery } from '../../api/types';
import { Problem } from '../../components/Problem';
import { StateBadge } from '../../components/StateBadge';
import { useReturnFocus } from '../../components/useReturnFocus';
import { Attempts, Refusal } from './Attempts';
import { stepOf } from './DeliveryTable';
import { Name } from './Name';
import { useNames, wordOfSource } from './names';
import { Resend } from './Resend';
import { SeverityBadge } from './SeverityBadge';
import { formatTime, wordOfFate, wordOfOp, wordOfStatus } from './wording';

interface Props {
  id: string;
  hrefOf: (id: string) => string;
  onClose: () => void;
}

/** All that is known of one delivery. */
export function DeliveryDrawer({ id, hrefOf, onClose }: Props) {
  const { data, isPending, error, refetch } = useDelivery(id);
  useReturnFocus();
  return (
    <Drawer title={data?.title || t('notifications.details.title', 'Notification')} size="md" onClose={onClose}>
      {isPending && <LoadingPlaceholder text={t('notifications.details.loading', 'Loading…')} />}
      {error && (
        <Problem
          title={t('notifications.details.error', 'This notification could not be read')}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {data && <Details delivery={data} hrefOf={hrefOf} />}
    </Drawer>
  );
}

function Details({ delivery: d, hrefOf }: { delivery: Delivery; hrefOf: Props['hrefOf'] }) {
  const styles = useStyles2(getStyles);
  return (
    <Stack direction="column" gap={3}>
      <Stack direction="row" gap={1} wrap="wrap">
        <StateBadge state={d.state} />
        <SeverityBadge severity={d.severity} />
      </Stack>
      <Why delivery={d} />
      <Resend delivery={d} />
      <Facts delivery={d} />
      {d.folded_into && (
        <Link className={styles.link} to={hrefOf(d.folded_into)}>
          <Trans i18nKey="notifications.details.folded">Told by a digest: open it</Trans>
        </Link>
      )}
      {d.group_id && (
        <Link className={styles.link} to={`${PLUGIN_BASE}/notifications?group=${encodeURIComponent(d.group_id)}`}>
          <Trans i18nKey="notifications.details.group">Everything sent about this alert group</Trans>
        </Link>
      )}
      <Refused refused={d.refused ?? []} />
      <Notes delivery={d} />
      <Section title={t('notifications.attempts.title', 'Attempts')}>
        <Attempts attempts={d.attempts ?? []} />
      </Section>
    </Stack>
  );
}

/** What went wrong, and what a person must do. */
function Why({ delivery: d }: { delivery: Delivery }) {
  if (d.state === 'delivered' || d.state === 'superseded' || (!d.reason && !d.code && !d.text)) {
    return null;
  }
  const title = {
    failed: t('notifications.details.failed', 'Nobody was reached by this delivery'),
    unknown: t('notifications.details.unknown', 'It is not known whether this delivery arrived'),
    waiting: t('notifications.details.waiting', 'The last attempt failed; another follows'),
  }[d.state];
  return (
    <Alert title={title} severity={d.state === 'failed' ? 'error' : 'warning'} bottomSpacing={0}>
      <Refusal reason={d.reason} code={d.code} text={d.text} hint={words(d.hint)} />
    </Alert>
  );
}

function Facts({ delivery: d }: { delivery: Delivery }) {
  const styles = useStyles2(getStyles);
  const names = useNames();
  const type = useTypes().data?.find((m) => m.type === d.type);
  const typeWord = words(type?.title) || d.type;
  const facts: Array<[string, ReactNode]> = [
    [t('notifications.details.status', 'Status of the alerts'), wordOfStatus(d.status)],
    [t('notifications.details.alerts', 'Alerts'), (d.alerts ?? []).join(', ')],
    [
      t('notifications.details.contact-point', 'Contact point'),
      d.contact_point && (
        <>
          <Name of={names.contactPoint(d.contact_point)} both />
          {` · ${stepOf(d)}`}
        </>
      ),
    ],
    [
      t('notifications.details.account', 'Account'),
      <React.Fragment key="account">
        <Name of={names.account(d.account)} both />
        {typeWord && ` · ${typeWord}`}
      </React.Fragment>,
    ],
    [t('notifications.details.target', 'Target'), d.target && <Name of={names.target(d.target)} both />],
    [t('notifications.details.source', 'Source'), d.source && <Name of={wordOfSource(d)} both />],
    [t('notifications.details.operation', 'Operation'), d.op && wordOfOp(d.op)],
    [
      t('notifications.details.part', 'Part'),
      d.parts > 1 && t('notifications.part', 'part {{part}} of {{parts}}', { part: d.part, parts: d.parts, ...plain }),
    ],
    [t('notifications.details.created', 'Accepted'), formatTime(d.created_at)],
    [t('notifications.details.finished', 'Finished'), d.finished_at && formatTime(d.finished_at)],
    [t('notifications.details.message-id', "Provider's message id"), d.message_id && <code>{d.message_id}</code>],
    [t('notifications.details.progress', 'What the provider said later'), d.progress && <Later progress={d.progress} />],
    [t('notifications.details.id', 'Delivery'), <code key="id">{d.id}</code>],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) =>
        value ? (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ) : null
      )}
    </dl>
  );
}

function Later({ progress }: { progress: NonNullable<Delivery['progress']> }) {
  return (
    <>
      {wordOfFate(progress.fate)}
      {progress.readers && progress.readers.length > 0 && `: ${progress.readers.join(', ')}`}
      <Refusal code={progress.code} text={progress.text} hint={words(progress.hint)} />
    </>
  );
}

function Refused({ refused }: { refused: NonNullable<Delivery['refused']> }) {
  const styles = useStyles2(getStyles);
  const names = useNames();
  if (refused.length === 0) {
    return null;
  }
  return (
    <Section title={t('notifications.details.refused', 'Left out by the provider')}>
      <ul className={styles.list}>
        {refused.map((r) => (
          <li key={r.target}>
            <Text weight="medium">
              <Name of={names.target(r.target)} />
            </Text>
            <Refusal reason={r.reason} code={r.code} text={r.text} hint={words(r.hint)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Notes({ delivery: d }: { delivery: Delivery }) {
  const styles = useStyles2(getStyles);
  if (!d.notes || d.notes.length === 0) {
    return null;
  }
  return (
    <Section title={t('notifications.details.notes', 'Notes')}>
      <ul className={styles.list}>
        {d.notes.map((note, i) => (
          <li key={i}>{words(note)}</li>
        ))}
      </ul>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Stack direction="column" gap={1}>
        <Text element="h4">{title}</Text>
        {children}
      </Stack>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(120px, max-content) 1fr',
    columnGap: theme.spacing(2),
    rowGap: theme.spacing(0.5),
    margin: 0,
    '& dt': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
  list: css({ margin: 0, paddingLeft: theme.spacing(2.5), overflowWrap: 'anywhere' }),
  link: css({ color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } }),
});
