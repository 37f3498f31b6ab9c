import React from 'react';
import { t, Trans } from '@grafana/i18n';
import type { Account } from '../../api/types';
import { ConfirmDeletion } from '../../components/ConfirmDeletion';

interface Props {
  account: Account;
  revision: string;
  onClose: () => void;
}

export function DeleteAccount({ account: { name, title }, ...props }: Props) {
  return (
    <ConfirmDeletion
      title={t('accounts.delete-title', 'Delete account')}
      failed={t('accounts.delete-failed', 'The account was not deleted')}
      deletionOf={(revision) => ({ kind: 'delete-account', name, revision })}
      {...props}
    >
      <Trans i18nKey="accounts.delete-body" values={{ title: title || name }}>
        {'{{title}}'} and its secrets are deleted. Messages that still wait for it fail.
      </Trans>
    </ConfirmDeletion>
  );
}
