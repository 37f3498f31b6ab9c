import React, { useMemo } from 'react';
import { t } from '@grafana/i18n';
import { EmptyState, IconButton, InteractiveTable, Stack, Tag, type CellProps, type Column } from '@grafana/ui';
import { plain } from '../../api/language';
import type { Person } from '../../api/types';

interface Props {
  people: Person[];
  /** Nothing for those who may not. */
  onEdit?: (person: Person) => void;
  onDelete?: (person: Person) => void;
}

export function PeopleTable({ people, onEdit, onDelete }: Props) {
  const columns = useMemo(() => columnsOf(onEdit, onDelete), [onEdit, onDelete]);
  if (people.length === 0) {
    return <EmptyState variant="not-found" message={t('people.none-found', 'Nobody matches')} />;
  }
  return <InteractiveTable columns={columns} data={people} getRowId={(person) => person.name} pageSize={50} />;
}

function columnsOf(onEdit: Props['onEdit'], onDelete: Props['onDelete']): Array<Column<Person>> {
  const columns: Array<Column<Person>> = [
    { id: 'name', header: t('people.name', 'Name'), sortType: 'string' },
    { id: 'title', header: t('people.title', 'Title'), sortType: 'string' },
    { id: 'email', header: t('people.email', 'E-mail'), sortType: 'string' },
    { id: 'mobile', header: t('people.mobile', 'Mobile') },
    { id: 'ids', header: t('people.ids', 'Ids'), cell: Ids },
  ];
  if (!onEdit || !onDelete) {
    return columns;
  }
  const Actions = ({ row }: CellProps<Person>) => {
    const title = row.original.title || row.original.name;
    return (
      <Stack gap={1} justifyContent="flex-end">
        <IconButton
          name="pen"
          tooltip={t('people.edit-label', 'Edit {{title}}', { title, ...plain })}
          onClick={() => onEdit(row.original)}
        />
        <IconButton
          name="trash-alt"
          tooltip={t('people.delete-label', 'Delete {{title}}', { title, ...plain })}
          onClick={() => onDelete(row.original)}
        />
      </Stack>
    );
  };
  return [...columns, { id: 'actions', header: t('people.actions', 'Actions'), disableGrow: true, cell: Actions }];
}

function Ids({ row }: CellProps<Person>) {
  return (
    <Stack gap={0.5} wrap="wrap">
      {Object.entries(row.original.ids ?? {}).map(([provider, id]) => (
        <Tag key={provider} name={`${provider}: ${id}`} colorIndex={9} />
      ))}
    </Stack>
  );
}
