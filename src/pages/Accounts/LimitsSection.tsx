import React, { useId, useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import {
  Box,
  Button,
  Checkbox,
  Collapse,
  Combobox,
  Field,
  IconButton,
  MultiCombobox,
  Stack,
  Text,
  type ComboboxOption,
} from '@grafana/ui';
import { plain, said } from '../../api/language';
import type { Limit, Manifest, SettingValue } from '../../api/types';
import { FieldInput } from '../../components/FieldInput';
import { isWithin, type DraftFaults } from './draft';
import { durationOf, limitsOf, rowsOf, written, type LimitRow } from './limits';

interface Props {
  type: Manifest;
  value: SettingValue | undefined;
  /** Those of the whole account; the ones of its limits begin with "limits". */
  faults: DraftFaults;
  onChange: (value: SettingValue | undefined) => void;
}

/** How much the provider allows this account, where that is not what it allows others. */
export function LimitsSection({ type, value, faults, onChange }: Props) {
  const usual = type.limits ?? [];
  const [open, setOpen] = useState(value !== undefined);
  const [rows, setRows] = useState(() => rowsOf(value, usual));
  const found = Object.entries(faults).filter(([path]) => isWithin(path, 'limits'));
  const whole = found.find(([path]) => path === 'limits')?.[1];
  const set = (next: LimitRow[]) => {
    // Without the last one there are no limits of its own.
    const left = next.length > 0 ? next : rowsOf(undefined, usual);
    setRows(left);
    onChange(limitsOf(left, usual));
  };
  const add = () => {
    const id = Math.max(-1, ...rows.map((r) => r.id)) + 1;
    set([...rows, { id, entry: { scope: 'account' } }]);
  };
  return (
    <Collapse label={t('accounts.limits.label', 'Limits')} isOpen={open || found.length > 0} onToggle={setOpen}>
      <Box paddingTop={1}>
        <Stack direction="column" gap={2} alignItems="stretch">
          <Text variant="bodySmall" color="secondary">
            <Trans i18nKey="accounts.limits.help">
              How much the provider allows. Yunluo counts, so that nothing is refused. Change it if the provider allows
              this account something else: what is left empty is as usual for the type, and once anything is entered the
              whole list is saved with the account.
            </Trans>
          </Text>
          {whole && (
            <div role="alert">
              <Text color="error">{whole}</Text>
            </div>
          )}
          <Stack>
            <Checkbox
              label={t('accounts.limits.none', 'No limits')}
              description={t(
                'accounts.limits.none-help',
                'Nothing is counted: what the provider refuses is sent again later.'
              )}
              value={value === 'none'}
              onChange={(e) => onChange(e.currentTarget.checked ? 'none' : limitsOf(rows, usual))}
            />
          </Stack>
          {value !== 'none' && (
            <>
              {rows.length === 0 && (
                <Text color="secondary">
                  <Trans i18nKey="accounts.limits.empty">This type has no limits of its own: nothing is counted.</Trans>
                </Text>
              )}
              {rows.map((row, i) => (
                <LimitInputs
                  key={row.id}
                  row={row}
                  number={i + 1}
                  faults={found
                    .filter(([path]) => isWithin(path, `limits[${i}]`))
                    .map(([path, fault]) => [path.slice(`limits[${i}]`.length), fault])}
                  onChange={(entry) => set(rows.map((one) => (one.id === row.id ? { ...one, entry } : one)))}
                  onRemove={
                    // The last of the type's would come back at once.
                    rows.length === 1 && row.usual ? undefined : () => set(rows.filter((one) => one.id !== row.id))
                  }
                />
              ))}
              <Stack gap={1}>
                <Button type="button" size="sm" variant="secondary" icon="plus" onClick={add}>
                  <Trans i18nKey="accounts.limits.add">Add limit</Trans>
                </Button>
                {value !== undefined && usual.length > 0 && (
                  <Button
                    type="button"
                    size="sm"
                    variant="secondary"
                    fill="text"
                    icon="history-alt"
                    onClick={() => set(rowsOf(undefined, usual))}
                  >
                    <Trans i18nKey="accounts.limits.usual">As usual for the type</Trans>
                  </Button>
                )}
              </Stack>
            </>
          )}
        </Stack>
      </Box>
    </Collapse>
  );
}

interface RowProps {
  row: LimitRow;
  /** Which it is, from 1. */
  number: number;
  /** By what is left of their paths, such as ".count". */
  faults: string[][];
  onChange: (entry: LimitRow['entry']) => void;
  /** Undefined where it cannot be removed. */
  onRemove: (() => void) | undefined;
}

function LimitInputs({ row, number, faults, onChange, onRemove }: RowProps) {
  const { entry, usual } = row;
  const shown = written(row);
  const set = (field: string, value: SettingValue | undefined) => {
    const { [field]: _gone, ...rest } = entry;
    onChange(value === undefined ? rest : { ...rest, [field]: value });
  };
  const drawn = ['count', 'per', 'scope', 'kind', 'ops'];
  const faultOf = (field: string) => faults.find(([path]) => isWithin(path ?? '', `.${field}`))?.[1];
  const left = faults.filter(([path]) => !drawn.some((field) => isWithin(path ?? '', `.${field}`)));
  const label = t('accounts.limits.row', 'Limit {{number}}', { ...plain, number });
  return (
    <Box
      role="group"
      aria-label={label}
      padding={2}
      borderStyle="solid"
      borderColor={left.length > 0 ? 'error' : 'weak'}
      borderRadius="default"
    >
      <Stack direction="column" gap={1}>
        {left.length > 0 && (
          <div role="alert">
            <Text color="error">{left.map(([, fault]) => fault).join(' ')}</Text>
          </div>
        )}
        <Stack gap={2} wrap="wrap" alignItems="flex-start">
          <Box width={16}>
            <FieldInput
              field={{
                name: 'count',
                kind: 'int',
                label: said(t('accounts.limits.count', 'At most')),
                default: usual && String(usual.count),
              }}
              value={entry.count}
              error={faultOf('count')}
              onChange={(v) => set('count', v)}
            />
          </Box>
          <Box width={16}>
            <FieldInput
              field={{
                name: 'per',
                kind: 'duration',
                label: said(t('accounts.limits.per', 'Within')),
                default: usual ? durationOf(usual.per_ns) : '1m',
              }}
              value={entry.per}
              error={faultOf('per')}
              onChange={(v) => set('per', v)}
            />
          </Box>
          <Box width={24}>
            <Choice
              label={t('accounts.limits.scope', 'Counted for')}
              options={scopes()}
              value={shown.scope}
              error={faultOf('scope')}
              onChange={(v) => set('scope', v)}
            />
          </Box>
          <Box width={28}>
            <Choice
              label={t('accounts.limits.kind', 'When used up')}
              options={kinds()}
              value={shown.kind ?? 'rate'}
              error={faultOf('kind')}
              onChange={(v) => set('kind', v)}
            />
          </Box>
          <Box minWidth={28}>
            <Operations value={shown.ops} error={faultOf('ops')} onChange={(v) => set('ops', v)} />
          </Box>
          {onRemove && (
            <Box paddingTop={3}>
              <IconButton
                name="trash-alt"
                tooltip={t('accounts.limits.remove', 'Remove limit {{number}}', { ...plain, number })}
                onClick={onRemove}
              />
            </Box>
          )}
        </Stack>
      </Stack>
    </Box>
  );
}

interface ChoiceProps {
  label: string;
  options: Array<ComboboxOption<string>>;
  value: SettingValue | undefined;
  error: string | undefined;
  onChange: (value: string) => void;
}

function Choice({ label, options, value, error, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <Field label={label} error={error} invalid={error !== undefined} htmlFor={id} noMargin>
      <Combobox
        id={id}
        options={options}
        value={typeof value === 'string' ? value : null}
        onChange={(option) => onChange(option.value)}
      />
    </Field>
  );
}

interface OperationsProps {
  value: SettingValue | undefined;
  error: string | undefined;
  onChange: (value: string[]) => void;
}

function Operations({ value, error, onChange }: OperationsProps) {
  const id = useId();
  const chosen = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  return (
    <Field
      label={t('accounts.limits.ops', 'Operations that count')}
      error={error}
      invalid={error !== undefined}
      htmlFor={id}
      noMargin
    >
      <MultiCombobox
        id={id}
        options={operations()}
        value={chosen}
        placeholder={t('accounts.limits.all-ops', 'All')}
        onChange={(options) => onChange(options.map((option) => option.value))}
      />
    </Field>
  );
}

const scopes = (): Array<ComboboxOption<Limit['scope']>> => [
  { value: 'account', label: t('accounts.limits.account', 'The account') },
  { value: 'target', label: t('accounts.limits.target', 'Each target') },
];

const kinds = (): Array<ComboboxOption<string>> => [
  {
    value: 'rate',
    label: t('accounts.limits.rate', 'Wait'),
    description: t('accounts.limits.rate-help', 'What comes next waits for its turn'),
  },
  {
    value: 'budget',
    label: t('accounts.limits.budget', 'Next step'),
    description: t('accounts.limits.budget-help', 'What comes next goes to the next step, if there is one'),
  },
  {
    value: 'quota',
    label: t('accounts.limits.quota', 'Warn only'),
    description: t('accounts.limits.quota-help', 'Only counted, with a warning from 80 % on'),
  },
];

const operations = (): Array<ComboboxOption<string>> => [
  { value: 'send', label: t('accounts.limits.send', 'Send') },
  { value: 'update', label: t('accounts.limits.update', 'Update') },
  { value: 'reply', label: t('accounts.limits.reply', 'Reply') },
  { value: 'urge', label: t('accounts.limits.urge', 'Urge') },
  { value: 'recall', label: t('accounts.limits.recall', 'Recall') },
  { value: 'track', label: t('accounts.limits.track', 'Ask what became of it') },
];
