import React from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { PluginPage } from '@grafana/runtime';
import { t } from '@grafana/i18n';
import { EmptyState } from '@grafana/ui';
import { plain, words } from '../../api/language';
import { PageLinkButton } from '../../components/PageLinkButton';
import { PLUGIN_BASE } from '../../constants';
import { AccountForm } from './AccountForm';
import { ForAdmins } from './ForAdmins';

/** Changes a saved account. */
export function EditAccount() {
  const { name = '' } = useParams();
  const [search] = useSearchParams();
  return (
    <ForAdmins>
      {(accounts, types) => {
        const account = accounts.accounts.find((one) => one.name === name);
        const type = types.find((one) => one.type === account?.type);
        if (!account || !type) {
          return (
            <PluginPage pageNav={{ text: name }}>
              <EmptyState
                variant="not-found"
                message={
                  account
                    ? t('accounts.unknown-type', 'This version has no type {{type}}', { type: account.type, ...plain })
                    : t('accounts.not-found', 'There is no account {{name}}', { name, ...plain })
                }
                button={
                  <PageLinkButton to={`${PLUGIN_BASE}/accounts`}>
                    {t('accounts.back', 'Back to the accounts')}
                  </PageLinkButton>
                }
              />
            </PluginPage>
          );
        }
        return (
          <PluginPage pageNav={{ text: account.title || account.name }} subTitle={words(type.title)}>
            <AccountForm
              key={name}
              type={type}
              accounts={accounts}
              account={account}
              then={search.get('then') ?? undefined}
            />
          </PluginPage>
        );
      }}
    </ForAdmins>
  );
}
