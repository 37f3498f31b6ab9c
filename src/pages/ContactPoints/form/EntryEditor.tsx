import React, { useId, useState } from 'react';
import { t } from '@grafana/i18n';
import { Box, Collapse, Combobox, Field, Stack, Switch, Text } from '@grafana/ui';
import { plain, words } from '../../../api/language';
import {
  severities,
  type Account,
  type Field as ManifestField,
  type Manifest,
  type Notify,
  type Person,
  type SettingValue,
} from '../../../api/types';
import { Faults } from '../../../components/Faults';
import { FieldInput } from '../../../components/FieldInput';
import { TypeLogo } from '../../../components/TypeLogo';
import { severityOptions } from '../../../components/severityWord';
import { urgeModes } from '../../../components/abilities';
import { withAccount } from './draft';
import { elsewhere, sentence, type PlacedFaults } from './faultPlaces';
import { PlaceButtons } from './PlaceButtons';
import { TargetsInput } from './TargetsInput';
import { UrgencyInput } from './UrgencyInput';

/** What there is to choose from. */
export interface Choices {
  accounts: Account[];
  types: Manifest[];
  people: Person[];
}

export function typeOf({ accounts, types }: Choices, account: string): Manifest | undefined {
  const type = accounts.find((a) => a.name === account)?.type;
  return types.find((m) => m.type === type);
}

interface Props {
  entry: Notify;
  /** Which of how many it is, from 0. */
  place: number;
  count: number;
  choices: Choices;
  faults: PlacedFaults;
  onChange: (entry: Notify) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

/** One entry of a step: whom to notify by which account. */
export function EntryEditor({ entry, place, count, choices, faults, onChange, onMove, onRemove }: Props) {
  const accountId = useId();
  const severityId = useId();
  const type = typeOf(choices, entry.account);
  const targets = type?.targets ?? [];
  const mentions = type?.mentions ?? [];
  const modes = type ? urgeModes(type) : [];
  const options = type?.options ?? [];
  const set = (fields: Partial<Notify>) => onChange({ ...entry, ...fields });
  const drawn = ['account', 'to', 'mention', 'urgent', 'severities', 'recall', ...options.map((o) => o.name)];
  const left = elsewhere(faults, drawn);
  const label = t('contact-points.entry.label', 'Entry {{n}}', { ...plain, n: place + 1 });
  return (
    <Box
      role="group"
      aria-label={label}
      tabIndex={-1}
      padding={2}
      borderStyle="solid"
      borderColor={left.length > 0 ? 'error' : 'weak'}
      backgroundColor="primary"
      borderRadius="default"
    >
      <Stack direction="column" gap={2}>
        <Stack justifyContent="space-between" alignItems="center">
          <Stack gap={1} alignItems="center">
            {type && <TypeLogo type={type} size={24} />}
            <Text weight="medium">{type ? words(type.title) : label}</Text>
          </Stack>
          <PlaceButtons what={label} {...{ place, count, onMove, onRemove }} />
        </Stack>
        {left.length > 0 && (
          <div role="alert">
            <Faults faults={left} />
          </div>
        )}
        <Field
          label={t('contact-points.entry.account', 'Account')}
          error={sentence(faults, 'account')}
          invalid={sentence(faults, 'account') !== undefined}
          htmlFor={accountId}
          required
          noMargin
        >
          <Combobox
            id={accountId}
            options={choices.accounts.map((a) => ({
              label: a.title || a.name,
              value: a.name,
              description: words(choices.types.find((m) => m.type === a.type)?.title) || a.type,
            }))}
            value={entry.account || null}
            placeholder={t('contact-points.entry.choose-account', 'Choose an account')}
            onChange={({ value }) => onChange(withAccount(entry, value, type, typeOf(choices, value)))}
          />
        </Field>
        {targets.length > 0 && (
          <TargetsInput
            label={t('contact-points.entry.to', 'Recipients')}
            kinds={targets}
            people={choices.people}
            value={entry.to ?? []}
            onChange={(to) => set({ to })}
            error={sentence(faults, 'to')}
            required
          />
        )}
        {mentions.length > 0 && (
          <TargetsInput
            label={t('contact-points.entry.mention', 'Mentions')}
            kinds={mentions}
            people={choices.people}
            value={entry.mention ?? []}
            onChange={(mention) => set({ mention })}
            error={sentence(faults, 'mention')}
          />
        )}
        {modes.length > 0 && (
          <UrgencyInput
            modes={modes}
            value={entry.urgent ?? {}}
            onChange={(urgent) => set({ urgent })}
            error={sentence(faults, 'urgent')}
          />
        )}
        {type && (
          <Field
            label={t('contact-points.entry.severities', 'Only for')}
            error={sentence(faults, 'severities')}
            invalid={sentence(faults, 'severities') !== undefined}
            htmlFor={severityId}
            noMargin
          >
            <Combobox
              id={severityId}
              isClearable
              placeholder={t('contact-points.entry.all-severities', 'All severities')}
              options={severityOptions().map((o) => ({
                value: o.value,
                label:
                  o.value === severities[0]
                    ? o.label
                    : t('contact-points.entry.or-worse', '{{severity}} or worse', { ...plain, severity: o.label }),
              }))}
              value={entry.severities ?? null}
              onChange={(option) => set({ severities: option?.value })}
            />
          </Field>
        )}
        {type && (options.length > 0 || Boolean(type.recall_for_ns)) && (
          <Options {...{ entry, options, faults, set }} recalls={Boolean(type.recall_for_ns)} />
        )}
      </Stack>
    </Box>
  );
}

interface OptionsProps {
  entry: Notify;
  options: ManifestField[];
  recalls: boolean;
  faults: PlacedFaults;
  set: (fields: Partial<Notify>) => void;
}

function Options({ entry, options, recalls, faults, set }: OptionsProps) {
  const recallId = useId();
  const names = [...options.map((o) => o.name), 'recall'];
  const [opened, setOpened] = useState(names.some((name) => entry[name] !== undefined));
  const faulty = names.some((name) => sentence(faults, name) !== undefined);
  return (
    <Collapse label={t('contact-points.entry.options', 'More options')} isOpen={opened || faulty} onToggle={setOpened}>
      <Stack direction="column" gap={2}>
        {options.map((option) => (
          <FieldInput
            key={option.name}
            field={option}
            value={settingValue(entry[option.name])}
            onChange={(value) => set({ [option.name]: value })}
            error={sentence(faults, option.name)}
          />
        ))}
        {recalls && (
          <Field
            label={t('contact-points.entry.recall', 'Recall when resolved')}
            description={t(
              'contact-points.entry.recall-help',
              'Takes earlier messages back once the alerts are resolved, so that only the news of that stays.'
            )}
            error={sentence(faults, 'recall')}
            invalid={sentence(faults, 'recall') !== undefined}
            htmlFor={recallId}
            noMargin
          >
            <Switch
              id={recallId}
              value={entry.recall ?? false}
              onChange={(e) => set({ recall: e.currentTarget.checked || undefined })}
            />
          </Field>
        )}
      </Stack>
    </Collapse>
  );
}

function settingValue(value: unknown): SettingValue | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
