import React, { useId, useMemo } from 'react';
import { getTimeZones } from '@grafana/data';
import { t } from '@grafana/i18n';
import { plain } from '../../../api/language';
import { Combobox, Field, Input, RadioButtonGroup, Stack } from '@grafana/ui';
import type { Settings } from '../../../api/types';
import type { PointFields } from './draft';
import { sentence, type PlacedFaults } from './faultPlaces';

interface NameProps {
  value: string;
  onChange?: (name: string) => void;
  error?: string;
}

/** The name: chosen once, then fixed, since history knows the contact point by it. */
export function NameInput({ value, onChange, error }: NameProps) {
  const id = useId();
  return (
    <Field
      label={t('contact-points.name.label', 'Name')}
      description={
        onChange
          ? t(
              'contact-points.name.help',
              'Lower-case letters, digits and hyphens, 63 at most. It is written into history and cannot be changed later.'
            )
          : t('contact-points.name.fixed', 'The name cannot be changed.')
      }
      error={error}
      invalid={error !== undefined}
      htmlFor={id}
      required
      noMargin
    >
      <Input
        id={id}
        value={value}
        disabled={!onChange}
        placeholder={t('contact-points.name.hint', 'payments')}
        maxLength={63}
        spellCheck={false}
        onChange={(e) => onChange?.(e.currentTarget.value)}
      />
    </Field>
  );
}

interface Props {
  fields: PointFields;
  defaults: Settings;
  faults: PlacedFaults;
  onChange: (fields: PointFields) => void;
}

export function TitleInput({ fields, faults, onChange }: Omit<Props, 'defaults'>) {
  const id = useId();
  const error = sentence(faults, 'title');
  return (
    <Field
      label={t('contact-points.title.label', 'Title')}
      description={t('contact-points.title.help', 'What people call it.')}
      error={error}
      invalid={error !== undefined}
      htmlFor={id}
      noMargin
    >
      <Input id={id} value={fields.title ?? ''} onChange={(e) => onChange({ title: e.currentTarget.value })} />
    </Field>
  );
}

/** Language, time zone, and what a repeat does. Where nothing is chosen the app's defaults hold. */
export function MessageInputs({ fields, defaults, faults, onChange }: Props) {
  const languageId = useId();
  const zoneId = useId();
  const repeatId = useId();
  // Hundreds, which are not to be drawn up anew with every key that is pressed.
  const zones = useMemo(
    () =>
      getTimeZones()
        .filter((zone) => zone.includes('/'))
        .map((zone) => ({ label: zone, value: zone })),
    []
  );
  return (
    <Stack direction="column" gap={2}>
      <Field
        label={t('contact-points.language.label', 'Language of messages')}
        error={sentence(faults, 'language')}
        invalid={sentence(faults, 'language') !== undefined}
        htmlFor={languageId}
        noMargin
      >
        <RadioButtonGroup
          id={languageId}
          aria-label={t('contact-points.language.label', 'Language of messages')}
          options={[
            { value: '', label: byDefault(languageWord(text(defaults.language) || 'zh')) },
            { value: 'zh', label: languageWord('zh') },
            { value: 'en', label: languageWord('en') },
          ]}
          value={fields.language ?? ''}
          onChange={(language) => onChange({ language: language || undefined })}
        />
      </Field>
      <Field
        label={t('contact-points.zone.label', 'Time zone of messages')}
        error={sentence(faults, 'time_zone')}
        invalid={sentence(faults, 'time_zone') !== undefined}
        htmlFor={zoneId}
        noMargin
      >
        <Combobox
          id={zoneId}
          isClearable
          createCustomValue
          placeholder={byDefault(text(defaults.time_zone) || 'Asia/Shanghai')}
          options={zones}
          value={fields.time_zone ?? null}
          onChange={(option) => onChange({ time_zone: option?.value })}
        />
      </Field>
      <Field
        label={t('contact-points.repeat.label', 'When Grafana repeats an alert')}
        description={t(
          'contact-points.repeat.help',
          'Grafana sends the same state again and again, by the repeat interval of its notification policy.'
        )}
        error={sentence(faults, 'repeat')}
        invalid={sentence(faults, 'repeat') !== undefined}
        htmlFor={repeatId}
        noMargin
      >
        <Combobox
          id={repeatId}
          isClearable
          placeholder={byDefault(repeatWord(text(defaults.repeat) || 'remind'))}
          options={['remind', 'update', 'ignore'].map((value) => ({ value, label: repeatWord(value) }))}
          value={fields.repeat ?? null}
          onChange={(option) => onChange({ repeat: option?.value })}
        />
      </Field>
    </Stack>
  );
}

function byDefault(value: string): string {
  return t('contact-points.default', 'Default ({{value}})', { ...plain, value });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Each language by its own name. */
function languageWord(language: string): string {
  return language === 'en' ? 'English' : '中文';
}

function repeatWord(repeat: string): string {
  switch (repeat) {
    case 'update':
      return t('contact-points.repeat.update', 'Update the card silently');
    case 'ignore':
      return t('contact-points.repeat.ignore', 'Do nothing');
    default:
      return t('contact-points.repeat.remind', 'Remind people');
  }
}
