import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Icon, Stack, Text, useStyles2, useTheme2, type IconName } from '@grafana/ui';
import { words } from '../../api/language';
import type { Attempt } from '../../api/types';
import { formatLatency, formatTime, wordOfOp, wordOfOutcome, wordOfReason } from './wording';

/** Every call to the provider, oldest first. */
export function Attempts({ attempts }: { attempts: Attempt[] }) {
  const styles = useStyles2(getStyles);
  if (attempts.length === 0) {
    return (
      <Text color="secondary" element="p">
        <Trans i18nKey="notifications.attempts.none">The provider was not called yet.</Trans>
      </Text>
    );
  }
  return (
    <ol className={styles.list} aria-label={t('notifications.attempts.title', 'Attempts')}>
      {attempts.map((a, i) => (
        <li key={i} className={styles.item}>
          <OutcomeIcon outcome={a.outcome} />
          <div className={styles.body}>
            <Stack direction="row" wrap="wrap" gap={1}>
              <Text weight="medium">{wordOfOutcome(a.outcome)}</Text>
              <Text color="secondary">{wordOfOp(a.op)}</Text>
              <Text color="secondary">{formatTime(a.at)}</Text>
              <Text color="secondary" tabular>
                {formatLatency(a.latency_ns)}
              </Text>
            </Stack>
            <Refusal reason={a.reason} code={a.code} text={a.text} hint={words(a.hint)} />
          </div>
        </li>
      ))}
    </ol>
  );
}

interface RefusalProps {
  reason?: string;
  code?: string;
  text?: string;
  hint?: string;
}

/** Why, in our words and in the provider's, and what a person must do. */
export function Refusal({ reason, code, text, hint }: RefusalProps) {
  if (!reason && !code && !text && !hint) {
    return null;
  }
  return (
    <div>
      {reason && <span>{wordOfReason(reason)} </span>}
      {code && <code>{code}</code>}
      {text && (
        <Text element="p" color="secondary">
          {text}
        </Text>
      )}
      {hint && <Text element="p">{hint}</Text>}
    </div>
  );
}

const icons: Record<Attempt['outcome'], { name: IconName; tone: 'success' | 'error' | 'warning' | 'info' }> = {
  delivered: { name: 'check-circle', tone: 'success' },
  failed: { name: 'times-circle', tone: 'error' },
  retry: { name: 'sync', tone: 'warning' },
  limited: { name: 'hourglass', tone: 'info' },
  unknown: { name: 'question-circle', tone: 'warning' },
};

function OutcomeIcon({ outcome }: { outcome: Attempt['outcome'] }) {
  const theme = useTheme2();
  const { name, tone } = icons[outcome];
  return <Icon name={name} color={theme.colors[tone].text} />;
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ margin: 0, padding: 0, listStyle: 'none' }),
  item: css({
    display: 'flex',
    gap: theme.spacing(1),
    padding: theme.spacing(0, 0, 2),
    '& > svg, & > :first-child': { flexShrink: 0, marginTop: theme.spacing(0.25) },
  }),
  body: css({ minWidth: 0, overflowWrap: 'anywhere' }),
});
