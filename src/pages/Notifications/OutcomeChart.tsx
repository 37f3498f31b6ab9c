import React, { forwardRef, useId, useState, type ComponentProps } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Button, Stack, Text, Tooltip, useStyles2 } from '@grafana/ui';
import { plain } from '../../api/language';
import { wordOf } from '../../components/StateBadge';
import { deliveryStates, type Bucket, type DeliveryState } from '../../api/types';
import { formatTime } from './wording';

interface Props {
  buckets: Bucket[];
  /** When the last bucket ends. */
  until: string;
  /** The states to draw. */
  states?: DeliveryState[];
  onNarrow: (window: { since: string; until: string }) => void;
}

/** What became of deliveries over time, as stacked bars, and as a table for those who cannot see or point at bars. */
export function OutcomeChart({ buckets, until, states = deliveryStates, onNarrow }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const windows = buckets.map((bucket, i) => ({ bucket, since: bucket.at, until: buckets[i + 1]?.at ?? until }));
  const total = (b: Bucket) => states.reduce((sum, s) => sum + b[s], 0);
  const highest = Math.max(1, ...buckets.map(total));
  return (
    <figure className={styles.figure} aria-labelledby={id}>
      <Stack direction="row" wrap="wrap" gap={2} alignItems="center" justifyContent="space-between">
        <figcaption id={id}>
          <Text weight="medium">
            <Trans i18nKey="notifications.chart.title">Deliveries over time</Trans>
          </Text>
        </figcaption>
        <Legend buckets={buckets} states={states} />
        <Button size="sm" variant="secondary" fill="text" onClick={() => setAsTable(!asTable)}>
          {asTable
            ? t('notifications.chart.as-bars', 'Show as bars')
            : t('notifications.chart.as-table', 'Show as a table')}
        </Button>
      </Stack>
      {asTable ? (
        <NumbersTable {...{ windows, states, onNarrow }} />
      ) : (
        <>
          <div className={styles.bars} aria-hidden>
            {windows.map(({ bucket, ...window }) => (
              <Tooltip key={bucket.at} content={<Numbers bucket={bucket} until={window.until} states={states} />}>
                <Column className={styles.column} onClick={() => onNarrow(window)}>
                  {states.map((s) =>
                    bucket[s] > 0 ? (
                      <span
                        key={s}
                        className={cx(styles.bar, styles[s])}
                        style={{ height: `${(100 * bucket[s]) / highest}%` }}
                      />
                    ) : null
                  )}
                </Column>
              </Tooltip>
            ))}
          </div>
          <Ends since={buckets[0]?.at ?? until} until={until} />
        </>
      )}
    </figure>
  );
}

/** A bar to point at. Tooltip would let Tab stop at each, though they are hidden from those who hear the page. */
const Column = forwardRef<HTMLButtonElement, ComponentProps<'button'>>(function Column(props, ref) {
  return <button ref={ref} type="button" {...props} tabIndex={-1} />;
});

/** Names the colours, with how many there are in all. */
function Legend({ buckets, states }: { buckets: Bucket[]; states: DeliveryState[] }) {
  const styles = useStyles2(getStyles);
  return (
    <ul className={styles.legend}>
      {states.map((s) => (
        <li key={s}>
          <span className={cx(styles.mark, styles[s])} aria-hidden />
          {wordOf(s)} {buckets.reduce((sum, b) => sum + b[s], 0)}
        </li>
      ))}
    </ul>
  );
}

function Numbers({ bucket, until, states }: { bucket: Bucket; until: string; states: DeliveryState[] }) {
  return (
    <div>
      <div>{`${formatTime(bucket.at)} – ${formatTime(until)}`}</div>
      {states.map((s) => (bucket[s] > 0 ? <div key={s}>{`${wordOf(s)}: ${bucket[s]}`}</div> : null))}
    </div>
  );
}

function Ends({ since, until }: { since: string; until: string }) {
  return (
    <Stack direction="row" justifyContent="space-between">
      {[since, until].map((at) => (
        <Text key={at} variant="bodySmall" color="secondary">
          {formatTime(at)}
        </Text>
      ))}
    </Stack>
  );
}

interface TableProps {
  windows: Array<{ bucket: Bucket; since: string; until: string }>;
  states: DeliveryState[];
  onNarrow: Props['onNarrow'];
}

function NumbersTable({ windows, states, onNarrow }: TableProps) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('notifications.chart.since', 'Since')}</th>
            {states.map((s) => (
              <th key={s} scope="col">
                {wordOf(s)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {windows.map(({ bucket, ...window }) => (
            <tr key={bucket.at}>
              <th scope="row">
                <Button
                  size="sm"
                  fill="text"
                  onClick={() => onNarrow(window)}
                  aria-label={t('notifications.chart.narrow', 'Show only the time since {{since}}', {
                    since: formatTime(bucket.at),
                    ...plain,
                  })}
                >
                  {formatTime(bucket.at)}
                </Button>
              </th>
              {states.map((s) => (
                <td key={s}>{bucket[s]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({
    margin: 0,
    padding: theme.spacing(1.5),
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.primary,
  }),
  bars: css({
    display: 'flex',
    alignItems: 'stretch',
    gap: 2,
    height: 96,
    marginTop: theme.spacing(1),
    borderBottom: `1px solid ${theme.colors.border.medium}`,
  }),
  column: css({
    display: 'flex',
    flexDirection: 'column-reverse',
    flex: 1,
    minWidth: 0,
    padding: 0,
    border: 'none',
    background: 'transparent',
    '&:hover': { background: theme.colors.action.hover },
  }),
  bar: css({ width: '100%', minHeight: 2 }),
  mark: css({
    display: 'inline-block',
    width: 10,
    height: 10,
    marginRight: theme.spacing(0.5),
    borderRadius: theme.shape.radius.default,
  }),
  delivered: css({ background: theme.colors.success.main }),
  failed: css({ background: theme.colors.error.main }),
  waiting: css({ background: theme.colors.info.main }),
  unknown: css({ background: theme.colors.warning.main }),
  superseded: css({ background: theme.colors.text.disabled }),
  legend: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    margin: 0,
    padding: 0,
    listStyle: 'none',
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  scroll: css({ maxHeight: 280, overflow: 'auto' }),
  table: css({
    width: '100%',
    '& th, & td': { padding: theme.spacing(0.25, 1), textAlign: 'right', fontWeight: 'inherit' },
    '& th:first-child': { textAlign: 'left' },
    '& td': { fontVariantNumeric: 'tabular-nums' },
  }),
});
