import React, { useState, type FormEvent } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Button, Drawer, Field, Input, Stack } from '@grafana/ui';
import { useChange } from '../../api/changes';
import { RequestError } from '../../api/request';
import { isOutdated, useRevision } from '../../api/revision';
import type { People, Person } from '../../api/types';
import { Problem } from '../../components/Problem';
import { useReturnFocus } from '../../components/useReturnFocus';
import { useUnsaved } from '../../components/useUnsaved';
import { draftFaults, draftOf, personOf, refusedFields, withId, type DraftFaults } from './draft';
import { IdRows } from './IdRows';
import { LookupCheck } from './LookupCheck';

interface Props {
  people: People;
  /** Nothing for a new one. */
  person?: Person;
  onClose: () => void;
}

export function PersonDrawer({ people, person, onClose }: Props) {
  const [draft, setDraft] = useState(() => draftOf(person));
  const [faults, setFaults] = useState<DraftFaults>({});
  const { revision, adopt } = useRevision(people.revision);
  const change = useChange();
  const { warning, saved, leave } = useUnsaved(personOf(draft));
  const close = () => leave(onClose);
  useReturnFocus();
  const refused = change.error instanceof RequestError ? refusedFields(change.error.faults) : {};
  const shown = { ...refused, ...faults };

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const found = draftFaults(
      draft,
      person,
      people.people.map((p) => p.name)
    );
    setFaults(found);
    if (Object.keys(found).length > 0) {
      return;
    }
    const { name, ...settings } = personOf(draft);
    try {
      await change.mutateAsync({ kind: 'put-person', revision, name, ...(person ? {} : { create: true }), settings });
      saved();
      onClose();
    } catch (error) {
      if (isOutdated(error)) {
        adopt();
      }
    }
  };

  const text = (field: 'name' | 'title' | 'email' | 'mobile') => ({
    id: `person-${field}`,
    value: draft[field],
    autoComplete: 'off',
    onChange: (e: React.FormEvent<HTMLInputElement>) => {
      setFaults({ ...faults, [field]: undefined });
      setDraft({ ...draft, [field]: e.currentTarget.value });
    },
  });
  const around = (field: 'name' | 'title' | 'email' | 'mobile') => ({
    htmlFor: `person-${field}`,
    error: shown[field],
    invalid: shown[field] !== undefined,
    noMargin: true,
  });

  return (
    <>
      {/* Beside the drawer, which would take its Escape for its own. */}
      {warning}
      <Drawer
        title={person ? person.title || person.name : t('people.new', 'New person')}
        size="md"
        closeOnMaskClick={false}
        onClose={close}
      >
        <form onSubmit={save} noValidate aria-label={t('people.form', 'Person')}>
          <Stack direction="column" gap={2}>
            {change.isError && (
              <Problem title={t('people.save-failed', 'The person was not saved')} error={change.error} />
            )}
            <Field
              label={t('people.name', 'Name')}
              description={t(
                'people.name-help',
                'Contact points refer to it as person:name; it cannot be changed later.'
              )}
              required
              {...around('name')}
            >
              <Input {...text('name')} disabled={person !== undefined} autoFocus={!person} />
            </Field>
            <Field
              label={t('people.title', 'Title')}
              description={t('people.title-help', 'How the person is written in messages.')}
              {...around('title')}
            >
              <Input {...text('title')} autoFocus={person !== undefined} />
            </Field>
            <Field label={t('people.email', 'E-mail')} {...around('email')}>
              <Input {...text('email')} type="email" />
            </Field>
            <Field
              label={t('people.mobile', 'Mobile')}
              description={t(
                'people.mobile-help',
                'Feishu, DingTalk and WeCom find people by it; a number of 11 digits counts as Chinese.'
              )}
              {...around('mobile')}
            >
              <Input {...text('mobile')} type="tel" />
            </Field>
            <IdRows rows={draft.ids} error={shown.ids} onChange={(ids) => setDraft({ ...draft, ids })} />
            <LookupCheck person={personOf(draft)} onTake={(row) => setDraft(withId(draft, row))} />
            <Stack gap={1}>
              <Button type="submit" icon={change.isPending ? 'spinner' : undefined} disabled={change.isPending}>
                <Trans i18nKey="people.save">Save</Trans>
              </Button>
              <Button type="button" variant="secondary" fill="outline" onClick={close}>
                <Trans i18nKey="people.cancel">Cancel</Trans>
              </Button>
            </Stack>
          </Stack>
        </form>
      </Drawer>
    </>
  );
}
