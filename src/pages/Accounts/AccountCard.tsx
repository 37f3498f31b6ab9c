import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Badge, Button, Card, Stack, Text } from '@grafana/ui';
import { plain, words } from '../../api/language';
import { hasRole } from '../../api/role';
import type { Account, Fault, Manifest } from '../../api/types';
import { useProbe } from '../../api/workbench';
import { Checks } from '../../components/Checks';
import { Faults } from '../../components/Faults';
import { PageLinkButton } from '../../components/PageLinkButton';
import { Problem } from '../../components/Problem';
import { TypeLogo } from '../../components/TypeLogo';
import { PLUGIN_BASE } from '../../constants';

interface Props {
  account: Account;
  /** Nothing when this backend does not know the account's type. */
  type: Manifest | undefined;
  faults: Fault[];
  readOnly: boolean;
  probe: ReturnType<typeof useProbe>;
  onDelete: () => void;
}

export function AccountCard({ account, type, faults, readOnly, probe, onDelete }: Props) {
  const admin = hasRole('Admin');
  const title = account.title || account.name;
  const told = !type || faults.length > 0 || !probe.isIdle;
  return (
    <Card noMargin isCompact>
      <Card.Heading>{title}</Card.Heading>
      <Card.Figure>{type && <TypeLogo type={type} />}</Card.Figure>
      <Card.Meta>
        {[
          title !== account.name && <code key="name">{account.name}</code>,
          <span key="type">{type ? words(type.title) : account.type}</span>,
          admin && type && <SecretsBadge key="secrets" account={account} type={type} />,
        ]}
      </Card.Meta>
      {told && (
        <Card.Description>
          <Stack direction="column" gap={2}>
            {!type && (
              <Alert
                severity="warning"
                title={t('accounts.unknown-type', 'This version has no type {{type}}', {
                  type: account.type,
                  ...plain,
                })}
                bottomSpacing={0}
              />
            )}
            {faults.length > 0 && (
              <Alert severity="error" title={t('accounts.faults', 'Faults in the settings')} bottomSpacing={0}>
                <Faults faults={faults} />
              </Alert>
            )}
            <ProbeResult probe={probe} title={title} />
          </Stack>
        </Card.Description>
      )}
      {admin && (
        <Card.Actions>
          <Button
            size="sm"
            variant="secondary"
            icon={probe.isPending ? 'spinner' : 'heart-rate'}
            disabled={probe.isPending}
            aria-label={t('accounts.probe-label', 'Probe {{title}}', { title, ...plain })}
            onClick={() => probe.mutate(account.name)}
          >
            <Trans i18nKey="accounts.probe">Probe</Trans>
          </Button>
          {!readOnly && type && (
            <PageLinkButton
              size="sm"
              variant="secondary"
              icon="pen"
              to={`${PLUGIN_BASE}/accounts/${encodeURIComponent(account.name)}/edit`}
              aria-label={t('accounts.edit-label', 'Edit {{title}}', { title, ...plain })}
            >
              <Trans i18nKey="accounts.edit">Edit</Trans>
            </PageLinkButton>
          )}
          {!readOnly && (
            <Button
              size="sm"
              variant="secondary"
              icon="trash-alt"
              aria-label={t('accounts.delete-label', 'Delete {{title}}', { title, ...plain })}
              onClick={onDelete}
            >
              <Trans i18nKey="accounts.delete">Delete</Trans>
            </Button>
          )}
        </Card.Actions>
      )}
    </Card>
  );
}

function SecretsBadge({ account, type }: { account: Account; type: Manifest }) {
  const secrets = type.fields.filter((f) => f.secret);
  const set = account.secrets ?? [];
  if (secrets.some((f) => f.required && !set.includes(f.name))) {
    return <Badge color="orange" icon="exclamation-triangle" text={t('accounts.secrets-missing', 'Secrets missing')} />;
  }
  if (set.length > 0) {
    return <Badge color="green" icon="key-skeleton-alt" text={t('accounts.secrets-set', 'Secrets configured')} />;
  }
  return secrets.length > 0 ? <Badge color="darkgrey" text={t('accounts.secrets-none', 'No secrets')} /> : null;
}

/** What a probe found. Announced, since it comes some seconds after the button. */
export function ProbeResult({ probe, title }: { probe: ReturnType<typeof useProbe>; title: string }) {
  return (
    <div aria-live="polite">
      {probe.isPending && (
        <Text color="secondary">
          <Trans i18nKey="accounts.probing">Asking the provider…</Trans>
        </Text>
      )}
      {probe.isError && (
        <Problem title={t('accounts.probe-failed', 'The account could not be probed')} error={probe.error} />
      )}
      {probe.isSuccess && (
        <Checks checks={probe.data.checks} label={t('accounts.checks', 'Checks of {{title}}', { title, ...plain })} />
      )}
    </div>
  );
}
