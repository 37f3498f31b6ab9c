import React from 'react';
import { t, Trans } from '@grafana/i18n';
import type { Person } from '../../api/types';
import { ConfirmDeletion } from '../../components/ConfirmDeletion';

interface Props {
  person: Person;
  revision: string;
  onClose: () => void;
}

export function DeletePerson({ person: { name, title }, ...props }: Props) {
  return (
    <ConfirmDeletion
      title={t('people.delete-title', 'Delete person')}
      failed={t('people.delete-failed', 'The person was not deleted')}
      deletionOf={(revision) => ({ kind: 'delete-person', name, revision })}
      {...props}
    >
      <Trans i18nKey="people.delete-body" values={{ title: title || name }}>
        {'{{title}}'} is deleted. What was sent stays in the history.
      </Trans>
    </ConfirmDeletion>
  );
}
