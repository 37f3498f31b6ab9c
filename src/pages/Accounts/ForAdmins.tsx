import React, { type ReactNode } from 'react';
import { PluginPage } from '@grafana/runtime';
import { t, Trans } from '@grafana/i18n';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useAccounts, useTypes } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { Accounts, Manifest } from '../../api/types';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';

/** What is needed to write an account, for those who may. */
export function ForAdmins({ children }: { children: (accounts: Accounts, types: Manifest[]) => ReactNode }) {
  const admin = hasRole('Admin');
  const accounts = useAccounts(admin);
  const types = useTypes();
  if (!admin) {
    return (
      <PluginPage>
        <Alert severity="info" title={t('accounts.admins-write', 'Only admins change accounts')}>
          <Trans i18nKey="accounts.admins-write-body">
            Accounts hold credentials. Ask an admin to add or change one.
          </Trans>
        </Alert>
      </PluginPage>
    );
  }
  if (accounts.isError || types.isError) {
    return (
      <PluginPage>
        <Problem
          title={t('accounts.load-failed', 'The accounts could not be loaded')}
          error={accounts.error ?? types.error}
          onRetry={() => {
            void accounts.refetch();
            void types.refetch();
          }}
        />
      </PluginPage>
    );
  }
  // A form must not start from what another page read some time ago.
  if (!accounts.isFetchedAfterMount || accounts.isPending || types.isPending) {
    return (
      <PluginPage>
        <LoadingPlaceholder text={t('accounts.loading', 'Loading accounts…')} />
      </PluginPage>
    );
  }
  if (accounts.data.read_only) {
    return (
      <PluginPage>
        <ReadOnlyNote owner={accounts.data} />
      </PluginPage>
    );
  }
  return <>{children(accounts.data, types.data)}</>;
}
