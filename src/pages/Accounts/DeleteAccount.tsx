import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { ConfirmModal, Stack } from '@grafana/ui';
import { useChange } from '../../api/changes';
import { useRevision } from '../../api/revision';
import type { Account } from '../../api/types';
import { Problem } from '../../components/Problem';

interface Props {
  account: Account;
  revision: string;
  onClose: () => void;
}

/** Asks before an account goes. The backend refuses one that is in use and says where. */
export function DeleteAccount({ account, revision: newest, onClose }: Props) {
  const change = useChange();
  const { revision, adopt } = useRevision(newest);
  const remove = async () => {
    try {
      await change.mutateAsync({ kind: 'delete-account', name: account.name, revision });
      onClose();
    } catch {
      // The dialog shows it.
      adopt();
    }
  };
  const title = account.title || account.name;
  return (
    <ConfirmModal
      isOpen
      title={t('accounts.delete-title', 'Delete account')}
      body={
        <Stack direction="column" gap={2}>
          <span>
            <Trans i18nKey="accounts.delete-body" values={{ title }}>
              {'{{title}}'} and its secrets are deleted. Messages that still wait for it fail.
            </Trans>
          </span>
          {change.isError && (
            <Problem title={t('accounts.delete-failed', 'The account was not deleted')} error={change.error} />
          )}
        </Stack>
      }
      confirmText={t('accounts.delete', 'Delete')}
      dismissText={t('accounts.cancel', 'Cancel')}
      onConfirm={remove}
      onDismiss={onClose}
    />
  );
}
