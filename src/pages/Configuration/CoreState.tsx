import React, { Fragment } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Alert, Badge, Box, Button, LoadingPlaceholder, Stack, Text, useStyles2 } from '@grafana/ui';
import { useCheck } from '../../api/app';
import { plain, words } from '../../api/language';
import { useHealth } from '../../api/queries';
import type { Health, Probe } from '../../api/types';
import { Checks } from '../../components/Checks';
import { Faults } from '../../components/Faults';
import { Problem } from '../../components/Problem';
import { Section } from './Section';

/** How the core is, and on demand whether the accounts' credentials work. */
export function CoreState() {
  const health = useHealth();
  const check = useCheck();
  return (
    <Section title={t('configuration.state', 'State')}>
      {health.isPending && <LoadingPlaceholder text={t('configuration.loading', 'Loading…')} />}
      {health.isError && (
        <Problem
          title={t('configuration.state-failed', 'The state could not be loaded')}
          error={health.error}
          onRetry={() => void health.refetch()}
        />
      )}
      {health.data && <State health={check.data ?? health.data} />}
      <div>
        <Button
          variant="secondary"
          icon={check.isPending ? 'spinner' : 'heart-rate'}
          disabled={check.isPending}
          onClick={() => check.mutate()}
        >
          <Trans i18nKey="configuration.check">Check all accounts</Trans>
        </Button>
      </div>
      <div aria-live="polite">
        {check.isError && <Problem title={t('configuration.check-failed', 'The check failed')} error={check.error} />}
        {check.data && <Accounts accounts={check.data.accounts ?? []} />}
      </div>
    </Section>
  );
}

function State({ health }: { health: Health }) {
  const styles = useStyles2(getStyles);
  const faults = health.faults ?? [];
  // Faults are told one by one; the sentence that has all of them is for where there is no such list.
  const problems = health.problems.filter((problem) => !faults.some((fault) => words(problem).includes(fault.path)));
  const rows: Array<[string, string | undefined]> = [
    [t('configuration.waiting', 'Messages waiting'), String(health.waiting)],
    [t('configuration.build', 'Build'), health.build],
    [t('configuration.data-dir', 'Data directory'), health.core ? undefined : health.data_dir],
    [t('configuration.core', 'Attached to the core at'), health.core],
    [t('configuration.file', 'Configured in'), health.config_path],
  ];
  return (
    <Stack direction="column" gap={2}>
      <div>
        {health.ready ? (
          <Badge color="green" icon="check" text={t('configuration.ready', 'Ready: alerts are taken and stored')} />
        ) : (
          <Badge color="red" icon="times" text={t('configuration.not-ready', 'Not ready: alerts are refused')} />
        )}
      </div>
      {problems.length > 0 && (
        <Alert severity="warning" title={t('configuration.problems', 'Problems')} bottomSpacing={0}>
          <ul>
            {problems.map((problem, i) => (
              <li key={i}>{words(problem)}</li>
            ))}
          </ul>
        </Alert>
      )}
      {faults.length > 0 && (
        <Alert
          severity="error"
          title={t('configuration.faults', 'Faults of the newest settings, which are not in force')}
          bottomSpacing={0}
        >
          <Faults faults={faults} />
        </Alert>
      )}
      <dl className={styles.facts}>
        {rows.map(
          ([what, value]) =>
            value && (
              <Fragment key={what}>
                <dt>{what}</dt>
                <dd>{value}</dd>
              </Fragment>
            )
        )}
      </dl>
    </Stack>
  );
}

function Accounts({ accounts }: { accounts: Probe[] }) {
  if (accounts.length === 0) {
    return (
      <Text color="secondary">
        <Trans i18nKey="configuration.no-accounts">There are no accounts to check yet.</Trans>
      </Text>
    );
  }
  return (
    <Stack direction="column" gap={2}>
      {accounts.map((one) => (
        <Box
          key={one.account}
          borderStyle="solid"
          borderColor={one.ok ? 'weak' : 'error'}
          borderRadius="default"
          padding={2}
        >
          <Stack direction="column" gap={1}>
            <Text weight="medium">{one.account}</Text>
            <Checks
              checks={one.checks}
              label={t('configuration.checks', 'Checks of {{account}}', { account: one.account, ...plain })}
            />
          </Stack>
        </Box>
      ))}
    </Stack>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0.5, 3),
    margin: 0,
    dt: { fontWeight: theme.typography.fontWeightRegular, color: theme.colors.text.secondary },
    dd: { margin: 0, overflowWrap: 'anywhere' },
  }),
});
