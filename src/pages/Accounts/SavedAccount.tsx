import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Button, Stack } from '@grafana/ui';
import { plain } from '../../api/language';
import type { Account } from '../../api/types';
import { useProbe } from '../../api/workbench';
import { PageLinkButton } from '../../components/PageLinkButton';
import { PLUGIN_BASE } from '../../constants';
import { ProbeResult } from './AccountCard';

interface Props {
  account: Account;
  /** Where the user came from, to be led back. */
  next: string | null;
}

/** Says that an account was saved, and offers what one does then. */
export function SavedAccount({ account, next }: Props) {
  const probe = useProbe();
  const failed = probe.data?.checks.some((check) => !check.ok) === true;
  const title = account.title || account.name;
  return (
    <Alert
      severity={failed ? 'warning' : 'success'}
      title={t('accounts.saved', '{{title}} is saved', { title, ...plain })}
      bottomSpacing={0}
    >
      <Stack direction="column" gap={2}>
        <Trans i18nKey="accounts.saved-body">
          A probe asks the provider whether the credentials work. It sends no message.
        </Trans>
        <Stack gap={1} wrap="wrap">
          <Button
            icon={probe.isPending ? 'spinner' : 'heart-rate'}
            variant={next ? 'secondary' : 'primary'}
            disabled={probe.isPending}
            onClick={() => probe.mutate(account.name)}
          >
            <Trans i18nKey="accounts.probe">Probe</Trans>
          </Button>
          <PageLinkButton
            variant={next ? 'primary' : 'secondary'}
            icon="arrow-right"
            to={`${PLUGIN_BASE}/contact-points/new?account=${encodeURIComponent(account.name)}`}
          >
            {next === 'contact-point' ? (
              <Trans i18nKey="accounts.continue">Continue with the contact point</Trans>
            ) : (
              <Trans i18nKey="accounts.use">New contact point with it</Trans>
            )}
          </PageLinkButton>
        </Stack>
        <ProbeResult probe={probe} title={title} />
      </Stack>
    </Alert>
  );
}
