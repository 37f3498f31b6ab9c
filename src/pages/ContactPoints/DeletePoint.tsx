import React from 'react';
import { t, Trans } from '@grafana/i18n';
import type { ContactPoint } from '../../api/types';
import { ConfirmDeletion } from '../../components/ConfirmDeletion';

interface Props {
  point: ContactPoint;
  revision: string;
  onClose: () => void;
}

export function DeletePoint({ point: { name, title }, ...props }: Props) {
  return (
    <ConfirmDeletion
      title={t('contact-points.delete.title', 'Delete contact point')}
      description={t(
        'contact-points.delete.grafana',
        'Grafana keeps its own contact point. Remove it there too, or its notifications will be refused.'
      )}
      failed={t('contact-points.delete.failed', 'The contact point was not deleted')}
      deletionOf={(revision) => ({ kind: 'delete-contact-point', name, revision })}
      {...props}
    >
      <Trans i18nKey="contact-points.delete.sure" values={{ title: title || name }}>
        Delete {'{{title}}'}? What was sent by it stays in the history.
      </Trans>
    </ConfirmDeletion>
  );
}
