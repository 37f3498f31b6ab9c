import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { ConfirmModal, Stack } from '@grafana/ui';
import { useChange } from '../../api/changes';
import { useRevision } from '../../api/revision';
import type { Person } from '../../api/types';
import { Problem } from '../../components/Problem';

interface Props {
  person: Person;
  revision: string;
  onClose: () => void;
}

/** Asks before a person goes. The backend refuses one whom a contact point names. */
export function DeletePerson({ person, revision: newest, onClose }: Props) {
  const change = useChange();
  const { revision, adopt } = useRevision(newest);
  const remove = async () => {
    try {
      await change.mutateAsync({ kind: 'delete-person', name: person.name, revision });
      onClose();
    } catch {
      // The dialog shows it.
      adopt();
    }
  };
  return (
    <ConfirmModal
      isOpen
      title={t('people.delete-title', 'Delete person')}
      body={
        <Stack direction="column" gap={2}>
          <span>
            <Trans i18nKey="people.delete-body" values={{ title: person.title || person.name }}>
              {'{{title}}'} is deleted. What was sent stays in the history.
            </Trans>
          </span>
          {change.isError && (
            <Problem title={t('people.delete-failed', 'The person was not deleted')} error={change.error} />
          )}
        </Stack>
      }
      confirmText={t('people.delete', 'Delete')}
      dismissText={t('people.cancel', 'Cancel')}
      onConfirm={remove}
      onDismiss={onClose}
    />
  );
}
