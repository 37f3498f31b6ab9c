import React from 'react';
import { t } from '@grafana/i18n';
import { ConfirmModal } from '@grafana/ui';

interface Props {
  title: string;
  body: string;
  yes: string;
  no?: string;
  /** Whether it takes nothing away. */
  harmless?: boolean;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before something is done, and is closed before it is. */
export function Confirm({ title, body, yes, no, harmless, onYes, onClose }: Props) {
  return (
    <ConfirmModal
      isOpen
      title={title}
      body={body}
      confirmText={yes}
      confirmButtonVariant={harmless ? 'primary' : 'destructive'}
      dismissText={no ?? t('confirm.cancel', 'Cancel')}
      onConfirm={() => {
        onClose();
        onYes();
      }}
      onDismiss={onClose}
    />
  );
}
