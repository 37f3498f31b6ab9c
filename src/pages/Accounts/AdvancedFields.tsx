import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Box, Collapse, Field as FormField, RadioButtonGroup, Stack, Text } from '@grafana/ui';
import { plain, said } from '../../api/language';
import type { Field, Manifest, Settings, SettingValue } from '../../api/types';
import { FieldInput } from '../../components/FieldInput';
import { needsAddress, type DraftFaults } from './draft';

const advanced = ['base_url', 'proxy', 'timeout', 'share', 'in_flight', 'fold'];

/** Whether a setting is drawn here for a type; where it has to be entered, the address is among the others. */
export const isAdvanced = (field: string, type: Manifest) =>
  advanced.includes(field) && !(field === 'base_url' && needsAddress(type));

type Value = SettingValue | undefined;

interface Props {
  type: Manifest;
  settings: Settings;
  faults: DraftFaults;
  onChange: (field: string, value: Value) => void;
  startOpen: boolean;
}

/** The fields that every account has and few need. */
export function AdvancedFields({ type, settings, faults, onChange, startOpen }: Props) {
  const [open, setOpen] = useState(startOpen);
  const faulty = Object.keys(faults).some((name) => isAdvanced(name, type) && faults[name] !== undefined);
  const own = new Set([...advanced, 'title', 'limits', ...type.fields.map((f) => f.name)]);
  const kept = Object.keys(settings).filter((name) => !own.has(name));
  return (
    <Collapse label={t('accounts.advanced', 'Advanced')} isOpen={open || faulty} onToggle={setOpen}>
      <Box paddingTop={1}>
        <Stack direction="column" gap={2}>
          {!needsAddress(type) && (
            <BaseURL
              type={type}
              value={settings.base_url}
              error={faults.base_url}
              onChange={(v) => onChange('base_url', v)}
            />
          )}
          {plainFields().map((field) => (
            <FieldInput
              key={field.name}
              field={field}
              value={settings[field.name]}
              error={faults[field.name]}
              onChange={(v) => onChange(field.name, v)}
            />
          ))}
          <Fold value={settings.fold} error={faults.fold} onChange={(v) => onChange('fold', v)} />
          {kept.length > 0 && (
            <Text variant="bodySmall" color="secondary">
              <Trans i18nKey="accounts.kept" values={{ fields: kept.join(', ') }}>
                Other settings of this account stay as they are: {'{{fields}}'}
              </Trans>
            </Text>
          )}
        </Stack>
      </Box>
    </Collapse>
  );
}

interface OneProps {
  value: Value;
  error: string | undefined;
  onChange: (value: Value) => void;
}

/** The address of the provider. */
export function BaseURL({ type, ...rest }: OneProps & { type: Manifest }) {
  const schemes = type.schemes?.map((s) => `${s}://`).join(', ');
  return (
    <FieldInput
      field={{
        name: 'base_url',
        kind: 'url',
        required: needsAddress(type),
        // The usual address is shown where nothing is entered.
        default: type.base_url || (schemes ? type.schemes?.map((s) => `${s}://`)[0] : undefined),
        label: said(t('accounts.base-url', 'Address of the service')),
        help: said(helpOf(type, schemes)),
      }}
      {...rest}
    />
  );
}

function helpOf(type: Manifest, schemes: string | undefined): string {
  if (needsAddress(type)) {
    return t('accounts.base-url-schemes', 'Begins with one of {{schemes}}', { schemes, ...plain });
  }
  return type.base_url
    ? t('accounts.base-url-help', 'If it is not the usual one, for example a gateway or an edition of its own.')
    : t(
        'accounts.base-url-gateway',
        'Of a gateway in front, if there is one; it takes the place of scheme and host of the address.'
      );
}

function plainFields(): Field[] {
  return [
    {
      name: 'proxy',
      kind: 'string',
      label: said(t('accounts.proxy', 'Proxy')),
      help: said(
        t('accounts.proxy-help', 'http://, https://, socks5:// or socks5h://, if the provider is reached through one.')
      ),
    },
    {
      name: 'timeout',
      kind: 'duration',
      default: '10s',
      label: said(t('accounts.timeout', 'Timeout')),
      help: said(t('accounts.timeout-help', 'Of one request to the provider, such as 10s.')),
    },
    {
      name: 'share',
      // Any number: the input takes fractions.
      kind: 'int',
      default: '1',
      label: said(t('accounts.share', 'Share of the limits')),
      help: said(
        t(
          'accounts.share-help',
          'What the provider allows is ours to this part, such as 0.5 when two installations use one robot; 1 if empty.'
        )
      ),
    },
    {
      name: 'in_flight',
      kind: 'int',
      label: said(t('accounts.in-flight', 'At once')),
      help: said(
        t(
          'accounts.in-flight-help',
          'To how many targets may be sent at the same time; 8 if empty, more for types that send to several people in one call.'
        )
      ),
    },
  ];
}

function Fold({ value, error, onChange }: OneProps) {
  return (
    <FormField
      label={t('accounts.fold', 'Digests')}
      description={t(
        'accounts.fold-help',
        'When many messages wait for one target, they may go as one digest that names every alert.'
      )}
      error={error}
      invalid={error !== undefined}
      noMargin
    >
      <RadioButtonGroup
        aria-label={t('accounts.fold', 'Digests')}
        value={typeof value === 'boolean' ? String(value) : ''}
        options={[
          { value: '', label: t('accounts.fold-default', 'As by default') },
          { value: 'true', label: t('accounts.fold-yes', 'Fold') },
          { value: 'false', label: t('accounts.fold-no', 'One by one') },
        ]}
        onChange={(chosen) => onChange(chosen === '' ? undefined : chosen === 'true')}
      />
    </FormField>
  );
}
