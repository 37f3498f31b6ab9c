import React, { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { PluginPage } from '@grafana/runtime';
import { t, Trans } from '@grafana/i18n';
import { Alert, EmptyState, LoadingPlaceholder, Stack } from '@grafana/ui';
import { useAccounts, useTypes } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { Account, Accounts, Manifest } from '../../api/types';
import { useProbe } from '../../api/workbench';
import { Faults } from '../../components/Faults';
import { PageLinkButton } from '../../components/PageLinkButton';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';
import { PLUGIN_BASE } from '../../constants';
import { AccountCard } from './AccountCard';
import { DeleteAccount } from './DeleteAccount';
import { isWithin, pathOf } from './draft';
import { SavedAccount } from './SavedAccount';

/** The accounts through which messages are sent. */
export function AccountList() {
  const allowed = hasRole('Editor');
  const accounts = useAccounts(allowed);
  const mayAdd = hasRole('Admin') && accounts.data !== undefined && !accounts.data.read_only;
  return (
    <PluginPage
      renderTitle={() => <h1>{t('accounts.heading', 'Accounts')}</h1>}
      subTitle={t(
        'accounts.subtitle',
        'Credentials of the services that messages are sent through. Contact points refer to them by name.'
      )}
      actions={mayAdd && accounts.data.accounts.length > 0 ? <NewAccountLink /> : undefined}
    >
      {allowed ? <Body accounts={accounts} mayAdd={mayAdd} /> : <NotForViewers />}
    </PluginPage>
  );
}

function NotForViewers() {
  return (
    <Alert severity="info" title={t('accounts.role-title', 'Accounts are for editors and admins')}>
      <Trans i18nKey="accounts.role-body">
        Your role is Viewer. Ask an admin if you need to see which accounts there are.
      </Trans>
    </Alert>
  );
}

function NewAccountLink() {
  return (
    <PageLinkButton icon="plus" to={`${PLUGIN_BASE}/accounts/new`}>
      <Trans i18nKey="accounts.new">New account</Trans>
    </PageLinkButton>
  );
}

function Body({ accounts, mayAdd }: { accounts: ReturnType<typeof useAccounts>; mayAdd: boolean }) {
  const types = useTypes();
  if (accounts.isError || types.isError) {
    return (
      <Problem
        title={t('accounts.load-failed', 'The accounts could not be loaded')}
        error={accounts.error ?? types.error}
        onRetry={() => {
          void accounts.refetch();
          void types.refetch();
        }}
      />
    );
  }
  if (accounts.isPending || types.isPending) {
    return <LoadingPlaceholder text={t('accounts.loading', 'Loading accounts…')} />;
  }
  return (
    <>
      <ReadOnlyNote owner={{ ...accounts.data, admins_only: false }} />
      {accounts.data.accounts.length > 0 ? (
        <List accounts={accounts.data} types={types.data} />
      ) : (
        !accounts.data.read_only && <NoAccounts mayAdd={mayAdd} />
      )}
    </>
  );
}

function NoAccounts({ mayAdd }: { mayAdd: boolean }) {
  return (
    <EmptyState
      variant="call-to-action"
      message={t('accounts.empty', 'There are no accounts yet')}
      button={mayAdd ? <NewAccountLink /> : undefined}
    >
      {mayAdd ? (
        <Trans i18nKey="accounts.empty-admin">
          Add the robot, app or SMS service that is to deliver your alerts. Then make a contact point that uses it.
        </Trans>
      ) : (
        <Trans i18nKey="accounts.empty-editor">An admin has to add the first one.</Trans>
      )}
    </EmptyState>
  );
}

function List({ accounts, types }: { accounts: Accounts; types: Manifest[] }) {
  const [search] = useSearchParams();
  const [leaving, setLeaving] = useState<Account>();
  const saved = accounts.accounts.find((a) => a.name === search.get('saved'));
  const elsewhere = accounts.faults.filter((f) => !accounts.accounts.some((a) => isWithin(f.path, pathOf(a.name))));
  return (
    <Stack direction="column" gap={2}>
      {saved && <SavedAccount key={saved.name} account={saved} next={search.get('then')} />}
      {!hasRole('Admin') && (
        <Alert
          severity="info"
          title={t('accounts.admins-only', 'Only admins see and change the settings of accounts')}
          bottomSpacing={0}
        />
      )}
      {elsewhere.length > 0 && (
        <Alert
          severity="warning"
          title={t('accounts.not-in-force', 'The newest settings have faults and are not in force')}
          bottomSpacing={0}
        >
          <Faults faults={elsewhere} />
        </Alert>
      )}
      <Stack direction="column" gap={1} role="list" aria-label={t('accounts.list', 'Accounts')}>
        {accounts.accounts.map((account) => (
          <div key={account.name} role="listitem" aria-label={account.title || account.name}>
            <Entry account={account} accounts={accounts} types={types} onDelete={() => setLeaving(account)} />
          </div>
        ))}
      </Stack>
      {leaving && (
        <DeleteAccount account={leaving} revision={accounts.revision} onClose={() => setLeaving(undefined)} />
      )}
    </Stack>
  );
}

interface EntryProps {
  account: Account;
  accounts: Accounts;
  types: Manifest[];
  onDelete: () => void;
}

function Entry({ account, accounts, types, onDelete }: EntryProps) {
  const probe = useProbe();
  return (
    <AccountCard
      account={account}
      type={types.find((type) => type.type === account.type)}
      faults={accounts.faults.filter((f) => isWithin(f.path, pathOf(account.name)))}
      readOnly={accounts.read_only}
      probe={probe}
      onDelete={onDelete}
    />
  );
}
