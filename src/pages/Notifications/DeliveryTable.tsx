import React, { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { InteractiveTable, Text, useStyles2, type Column } from '@grafana/ui';
import { plain } from '../../api/language';
import { StateBadge } from '../../components/StateBadge';
import type { Delivery } from '../../api/types';
import { Name } from './Name';
import type { Names } from './names';
import { SeverityBadge } from './SeverityBadge';
import { formatTime, wordOfReason, wordOfStatus } from './wording';

interface Props {
  deliveries: Delivery[];
  names: Names;
  /** The address of a delivery's details. */
  hrefOf: (id: string) => string;
}

/** Deliveries, one a line. */
export function DeliveryTable({ deliveries, names, hrefOf }: Props) {
  const styles = useStyles2(getStyles);
  const columns = useMemo(() => columnsOf(names, hrefOf, styles), [names, hrefOf, styles]);
  return (
    <div className={styles.scroll}>
      <InteractiveTable columns={columns} data={deliveries} getRowId={(d: Delivery) => d.id} />
    </div>
  );
}

type Styles = ReturnType<typeof getStyles>;

function columnsOf(names: Names, hrefOf: Props['hrefOf'], styles: Styles): Array<Column<Delivery>> {
  const cell = (draw: (d: Delivery) => React.ReactNode): Column<Delivery>['cell'] => ({ row }) => draw(row.original);
  return [
    {
      id: 'created_at',
      header: t('notifications.column.time', 'Time'),
      disableGrow: true,
      cell: cell((d) => <span className={styles.time}>{formatTime(d.created_at)}</span>),
    },
    {
      id: 'state',
      header: t('notifications.column.state', 'State'),
      disableGrow: true,
      cell: cell((d) => (
        <span className={styles.line}>
          <StateBadge state={d.state} />
        </span>
      )),
    },
    {
      id: 'severity',
      header: t('notifications.column.severity', 'Severity'),
      disableGrow: true,
      cell: cell((d) => (
        <span className={styles.line}>
          <SeverityBadge severity={d.severity} />
        </span>
      )),
    },
    {
      id: 'title',
      header: t('notifications.column.what', 'What'),
      cell: cell((d) => <What delivery={d} href={hrefOf(d.id)} />),
    },
    {
      id: 'contact_point',
      header: t('notifications.column.contact-point', 'Contact point'),
      cell: cell((d) => (
        <span className={styles.two}>
          <Name of={names.contactPoint(d.contact_point || '–')} />
          <Text variant="bodySmall" color="secondary">
            {stepOf(d)}
          </Text>
        </span>
      )),
    },
    {
      id: 'target',
      header: t('notifications.column.whom', 'Account → target'),
      cell: cell((d) => (
        <span className={styles.two}>
          <Name of={names.account(d.account)} />
          {d.target && (
            <Text variant="bodySmall" color="secondary">
              {'→ '}
              <Name of={names.target(d.target)} />
            </Text>
          )}
        </span>
      )),
    },
    {
      id: 'reason',
      header: t('notifications.column.reason', 'Reason'),
      cell: cell((d) => (
        <span className={styles.two}>
          {d.reason && wordOfReason(d.reason)}
          {d.code && <code className={styles.code}>{d.code}</code>}
        </span>
      )),
    },
  ];
}

/** Steps are numbered from 1, as people count the rungs of a ladder. */
export function stepOf(d: Delivery): string {
  return t('notifications.step', 'Step {{number}}', { number: d.step + 1, ...plain });
}

function What({ delivery: d, href }: { delivery: Delivery; href: string }) {
  const styles = useStyles2(getStyles);
  const names = (d.alerts ?? []).join(', ');
  const more = [
    wordOfStatus(d.status),
    d.parts > 1 && t('notifications.part', 'part {{part}} of {{parts}}', { part: d.part, parts: d.parts, ...plain }),
    names !== d.title && names,
  ].filter(Boolean);
  return (
    <span className={styles.what}>
      <Link className={styles.link} to={href}>
        {d.title || names || <Trans i18nKey="notifications.untitled">Without a title</Trans>}
      </Link>
      <Text variant="bodySmall" color="secondary" truncate>
        {more.join(' · ')}
      </Text>
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  // The table scrolls inside the page, and does not widen it.
  scroll: css({ contain: 'inline-size' }),
  line: css({ whiteSpace: 'nowrap' }),
  time: css({ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  two: css({ display: 'flex', flexDirection: 'column', overflowWrap: 'anywhere', minWidth: 100 }),
  what: css({ display: 'flex', flexDirection: 'column', minWidth: 180, maxWidth: 280, overflowWrap: 'anywhere' }),
  link: css({ color: theme.colors.text.link, '&:hover': { textDecoration: 'underline' } }),
  code: css({ alignSelf: 'flex-start' }),
});
