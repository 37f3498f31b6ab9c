import React, { useId } from 'react';
import { t } from '@grafana/i18n';
import { Combobox, Field as FormField, Input, SecretInput, SecretTextArea, Switch, TextArea } from '@grafana/ui';
import { words } from '../api/language';
import type { Field, SettingValue } from '../api/types';

interface Props {
  field: Field;
  value: SettingValue | undefined;
  onChange: (value: SettingValue | undefined) => void;
  /** For a secret: whether one is stored, which never comes back. */
  configured?: boolean;
  /** Called when a stored secret is to be entered anew. */
  onReset?: () => void;
  error?: string;
  disabled?: boolean;
}

/** One setting, drawn from the manifest alone. An empty value is no value: the default then holds. */
export function FieldInput({ field, value, onChange, configured, onReset, error, disabled }: Props) {
  const id = useId();
  return (
    <FormField
      label={words(field.label) || field.name}
      description={words(field.help)}
      required={field.required}
      error={error}
      invalid={error !== undefined}
      disabled={disabled}
      htmlFor={id}
      noMargin
    >
      <Control {...{ id, field, value, onChange, configured, onReset, disabled }} />
    </FormField>
  );
}

type ControlProps = Omit<Props, 'error'> & { id: string };

function Control({ id, field, value, onChange, configured, onReset, disabled }: ControlProps) {
  const text = value === undefined || value === null ? '' : String(value);
  const set = (s: string) => onChange(s === '' ? undefined : s);
  if (field.secret) {
    const props = {
      id,
      isConfigured: configured ?? false,
      onReset: onReset ?? (() => {}),
      value: text,
      disabled,
      placeholder: t('field.secret', 'Secret'),
    };
    return field.kind === 'text' ? (
      // Several lines, which an input would lose.
      <SecretTextArea {...props} rows={4} autoComplete="off" onChange={(e) => set(e.currentTarget.value)} />
    ) : (
      <SecretInput {...props} autoComplete="new-password" onChange={(e) => set(e.currentTarget.value)} />
    );
  }
  if (field.enum && field.enum.length > 0) {
    return (
      <Combobox
        id={id}
        options={field.enum.map((option) => ({ label: option, value: option }))}
        value={text || null}
        placeholder={field.default}
        disabled={disabled}
        isClearable
        onChange={(option) => onChange(option?.value)}
      />
    );
  }
  switch (field.kind) {
    case 'bool':
      return (
        <Switch
          id={id}
          value={value === undefined ? field.default === 'true' : value === true || value === 'true'}
          disabled={disabled}
          onChange={(e) => onChange(e.currentTarget.checked)}
        />
      );
    case 'int':
      return (
        <Input
          id={id}
          type="number"
          value={text}
          placeholder={field.default}
          disabled={disabled}
          onChange={(e) => onChange(e.currentTarget.value === '' ? undefined : Number(e.currentTarget.value))}
        />
      );
    case 'text':
      return (
        <TextArea
          id={id}
          rows={4}
          value={text}
          placeholder={field.default}
          disabled={disabled}
          onChange={(e) => set(e.currentTarget.value)}
        />
      );
    case 'string':
    case 'duration':
    case 'url':
      return (
        <Input
          id={id}
          value={text}
          placeholder={field.default ?? (field.kind === 'url' ? 'https://' : undefined)}
          disabled={disabled}
          onChange={(e) => set(e.currentTarget.value)}
        />
      );
  }
}
