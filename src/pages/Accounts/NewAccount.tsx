import React from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { PluginPage } from '@grafana/runtime';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { plain, words } from '../../api/language';
import { query } from '../../api/queries';
import { TypeGallery } from '../../components/TypeGallery';
import { PLUGIN_BASE } from '../../constants';
import { AccountForm } from './AccountForm';
import { ForAdmins } from './ForAdmins';

/** Makes an account: first its type is chosen, then its settings are entered. */
export function NewAccount() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const chosen = search.get('type');
  const then = search.get('then') ?? undefined;
  return (
    <ForAdmins>
      {(accounts, types) => {
        const type = types.find((one) => one.type === chosen);
        if (!type) {
          return (
            <PluginPage
              pageNav={{ text: t('accounts.new', 'New account') }}
              subTitle={t('accounts.choose', 'Choose how messages are to be sent.')}
            >
              {chosen && (
                <Alert
                  severity="warning"
                  title={t('accounts.unknown-type', 'This version has no type {{type}}', { type: chosen, ...plain })}
                />
              )}
              <TypeGallery
                types={types}
                accountsOf={(of) => accounts.accounts.filter((a) => a.type === of).length}
                onPick={(picked) => navigate(`${PLUGIN_BASE}/accounts/new${query({ type: picked, then })}`)}
              />
            </PluginPage>
          );
        }
        return (
          <PluginPage
            pageNav={{ text: t('accounts.new-of', 'New account: {{type}}', { type: words(type.title), ...plain }) }}
            subTitle={words(type.summary)}
          >
            <AccountForm key={type.type} type={type} accounts={accounts} then={then} />
          </PluginPage>
        );
      }}
    </ForAdmins>
  );
}
