import React, { useCallback, useState } from 'react';
import { PluginPage } from '@grafana/runtime';
import { t, Trans } from '@grafana/i18n';
import { Button, EmptyState, FilterInput, LoadingPlaceholder, Stack, Text } from '@grafana/ui';
import { usePeople } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { People, Person } from '../../api/types';
import { HealthNote } from '../../components/HealthNote';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';
import { DeletePerson } from './DeletePerson';
import { PeopleTable } from './PeopleTable';
import { PersonDrawer } from './PersonDrawer';

/** What is being done beside the table. */
type Doing = { kind: 'adding' } | { kind: 'editing'; person: Person } | { kind: 'deleting'; person: Person };

/** The people whom contact points name. */
export function PeoplePage() {
  const people = usePeople();
  const [doing, setDoing] = useState<Doing>();
  const mayWrite =
    hasRole('Editor') && people.data !== undefined && !people.data.read_only && !people.data.admins_only;
  const stop = () => setDoing(undefined);
  // They stay the same, so the table does not draw its buttons anew and lose the focus.
  const edit = useCallback((person: Person) => setDoing({ kind: 'editing', person }), []);
  const remove = useCallback((person: Person) => setDoing({ kind: 'deleting', person }), []);
  const add = mayWrite && (
    <Button icon="plus" onClick={() => setDoing({ kind: 'adding' })}>
      <Trans i18nKey="people.new">New person</Trans>
    </Button>
  );
  return (
    <PluginPage
      renderTitle={() => <h1>{t('people.heading', 'People')}</h1>}
      subTitle={t(
        'people.subtitle',
        'People whom contact points notify or mention, with what each service knows them by.'
      )}
      actions={people.data?.people.length ? add : undefined}
    >
      {hasRole('Editor') && <HealthNote />}
      {people.isError ? (
        <Problem
          title={t('people.load-failed', 'The people could not be loaded')}
          error={people.error}
          onRetry={() => void people.refetch()}
        />
      ) : people.isPending ? (
        <LoadingPlaceholder text={t('people.loading', 'Loading people…')} />
      ) : (
        <Body
          people={people.data}
          add={add}
          onEdit={mayWrite ? edit : undefined}
          onDelete={mayWrite ? remove : undefined}
        />
      )}
      {people.data && doing?.kind === 'adding' && <PersonDrawer people={people.data} onClose={stop} />}
      {people.data && doing?.kind === 'editing' && (
        <PersonDrawer people={people.data} person={doing.person} onClose={stop} />
      )}
      {people.data && doing?.kind === 'deleting' && (
        <DeletePerson person={doing.person} revision={people.data.revision} onClose={stop} />
      )}
    </PluginPage>
  );
}

interface BodyProps {
  people: People;
  add: React.ReactNode;
  onEdit?: (person: Person) => void;
  onDelete?: (person: Person) => void;
}

function Body({ people, add, onEdit, onDelete }: BodyProps) {
  const [sought, setSought] = useState('');
  if (people.people.length === 0) {
    return people.read_only || people.admins_only ? (
      <ReadOnlyNote owner={people} />
    ) : (
      <EmptyState
        variant="call-to-action"
        message={t('people.empty', 'There are no people yet')}
        button={add || undefined}
      >
        {add ? (
          <Trans i18nKey="people.empty-editor">
            With e-mail and mobile number entered once, contact points can mention somebody in any service.
          </Trans>
        ) : (
          <Trans i18nKey="people.empty-viewer">An editor has to add the first one.</Trans>
        )}
      </EmptyState>
    );
  }
  return (
    <Stack direction="column" gap={2}>
      <ReadOnlyNote owner={people} />
      <FilterInput
        value={sought}
        onChange={setSought}
        escapeRegex={false}
        placeholder={t('people.search', 'Search by name, e-mail, number or id')}
        aria-label={t('people.search-label', 'Search people')}
      />
      <PeopleTable people={people.people.filter((p) => matches(p, sought))} onEdit={onEdit} onDelete={onDelete} />
      {!hasRole('Editor') && (
        <Text variant="bodySmall" color="secondary">
          <Trans i18nKey="people.masked">Phone numbers are shortened for your role.</Trans>
        </Text>
      )}
    </Stack>
  );
}

function matches({ ids, ...person }: Person, sought: string): boolean {
  const text = [...Object.values(person), ...Object.values(ids ?? {})].join(' ').toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
