import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { ConfirmModal } from '@grafana/ui';
import { useChange } from '../../api/changes';
import type { ContactPoint } from '../../api/types';
import { Problem } from '../../components/Problem';

interface Props {
  point: ContactPoint;
  revision: string;
  onClose: () => void;
}

/** Asks before a contact point is deleted. */
export function DeletePoint({ point, revision, onClose }: Props) {
  const change = useChange();
  const title = point.title || point.name;
  return (
    <ConfirmModal
      isOpen
      title={t('contact-points.delete.title', 'Delete contact point')}
      body={
        <>
          <Trans i18nKey="contact-points.delete.sure" values={{ title }}>
            Delete {'{{title}}'}? What was sent by it stays in the history.
          </Trans>
          {change.isError && (
            <Problem
              title={t('contact-points.delete.failed', 'The contact point was not deleted')}
              error={change.error}
            />
          )}
        </>
      }
      description={t(
        'contact-points.delete.grafana',
        'Grafana keeps its own contact point. Remove it there too, or its notifications will be refused.'
      )}
      confirmText={t('contact-points.delete.confirm', 'Delete')}
      dismissText={t('contact-points.delete.dismiss', 'Cancel')}
      disabled={change.isPending}
      onConfirm={() =>
        change.mutate({ kind: 'delete-contact-point', revision, name: point.name }, { onSuccess: onClose })
      }
      onDismiss={onClose}
    />
  );
}
