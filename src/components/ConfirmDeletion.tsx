import React, { type ReactNode } from 'react';
import { t } from '@grafana/i18n';
import { ConfirmModal, Stack } from '@grafana/ui';
import { useChange, type Change } from '../api/changes';
import { useRevision } from '../api/revision';
import { Problem } from './Problem';

interface Props {
  title: string;
  children: ReactNode;
  /** What else has to be thought of. */
  description?: string;
  /** What is said when it was refused. */
  failed: string;
  revision: string;
  deletionOf: (revision: string) => Change;
  onClose: () => void;
}

/** Asks before a part of the settings is deleted. The backend refuses one that is in use and says where, which is shown here. */
export function ConfirmDeletion({
  title,
  children,
  description,
  failed,
  revision: newest,
  deletionOf,
  onClose,
}: Props) {
  const change = useChange();
  const { revision, adopt } = useRevision(newest);
  return (
    <ConfirmModal
      isOpen
      title={title}
      body={
        <Stack direction="column" gap={2}>
          <span>{children}</span>
          {change.isError && <Problem title={failed} error={change.error} />}
        </Stack>
      }
      description={description}
      confirmText={t('confirm.delete', 'Delete')}
      dismissText={t('confirm.cancel', 'Cancel')}
      disabled={change.isPending}
      onConfirm={() => change.mutate(deletionOf(revision), { onSuccess: onClose, onError: adopt })}
      onDismiss={onClose}
    />
  );
}
