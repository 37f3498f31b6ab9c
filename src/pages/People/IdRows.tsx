import React, { useId } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Box, Button, Combobox, Field, IconButton, Input, Stack, type ComboboxOption } from '@grafana/ui';
import { plain, words } from '../../api/language';
import { useTypes } from '../../api/queries';
import type { Manifest } from '../../api/types';
import type { IdRow } from './draft';

interface Props {
  rows: IdRow[];
  error: string | undefined;
  onChange: (rows: IdRow[]) => void;
}

/** What each provider knows the person by. */
export function IdRows({ error, ...props }: Props) {
  return (
    <Field
      label={t('people.ids-of', 'Ids by provider')}
      description={t(
        'people.ids-help',
        'Only needed where a provider does not find the person by e-mail or mobile number.'
      )}
      error={error}
      invalid={error !== undefined}
      noMargin
    >
      <Rows {...props} />
    </Field>
  );
}

function Rows({ rows, onChange }: Omit<Props, 'error'>) {
  const types = useTypes();
  const labels = useId();
  const options = providersOf(types.data ?? [], rows);
  const set = (at: number, row: Partial<IdRow>) =>
    onChange(rows.map((one, i) => (i === at ? { ...one, ...row } : one)));
  return (
    <Stack direction="column" gap={1} alignItems="stretch">
      {rows.map((row, i) => (
        <Stack key={i} gap={1} alignItems="center">
          <Box width={24} shrink={0}>
            {/* Combobox takes no label of its own; a hidden one is heard all the same. */}
            <span id={`${labels}-${i}`} hidden>
              {t('people.provider-of', 'Provider {{number}}', { number: i + 1, ...plain })}
            </span>
            <Combobox
              options={options}
              value={row.provider || null}
              placeholder={t('people.provider', 'Provider')}
              aria-labelledby={`${labels}-${i}`}
              onChange={(option) => set(i, { provider: option.value })}
            />
          </Box>
          <Input
            value={row.id}
            aria-label={t('people.id-of', 'Id {{number}}', { number: i + 1, ...plain })}
            onChange={(e) => set(i, { id: e.currentTarget.value })}
          />
          <IconButton
            name="trash-alt"
            tooltip={t('people.remove-id', 'Remove this id')}
            onClick={() => onChange(rows.filter((_, at) => at !== i))}
          />
        </Stack>
      ))}
      <div>
        <Button
          type="button"
          size="sm"
          variant="secondary"
          icon="plus"
          onClick={() => onChange([...rows, { provider: '', id: '' }])}
        >
          <Trans i18nKey="people.add-id">Add id</Trans>
        </Button>
      </div>
    </Stack>
  );
}

/** The providers of all types, with the types' titles; and those that are set already, of whatever type they were. */
function providersOf(types: Manifest[], rows: IdRow[]): Array<ComboboxOption<string>> {
  const titles = new Map<string, string[]>(rows.flatMap((row) => (row.provider ? [[row.provider, []]] : [])));
  for (const type of types) {
    titles.set(type.provider, [...(titles.get(type.provider) ?? []), words(type.title)]);
  }
  return [...titles].map(([value, of]) => ({ value, label: value, description: of.join(', ') }));
}
