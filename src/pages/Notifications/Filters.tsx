import React, { useEffect, useId, useRef, useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Button, Combobox, Field, FilterInput, RadioButtonGroup, Stack } from '@grafana/ui';
import { wordOf } from '../../components/StateBadge';
import { deliveryStates, type DeliveryState } from '../../api/types';
import { isNarrowed, presets, type Preset, type Selection } from './filter';
import type { Named, Names } from './names';
import { formatTime } from './wording';

interface Props {
  selection: Selection;
  onChange: (changed: Partial<Selection>) => void;
  /** What to choose from; other names may be typed. */
  contactPoints: string[];
  accounts: string[];
  names: Names;
}

export function Filters({ selection, onChange, contactPoints, accounts, names }: Props) {
  return (
    <Stack direction="row" wrap="wrap" gap={1} alignItems="flex-end">
      <Search value={selection.search} onChange={(search) => onChange({ search })} />
      <Name
        label={t('notifications.filter.contact-point', 'Contact point')}
        names={contactPoints}
        named={names.contactPoint}
        value={selection.contact_point}
        onChange={(contact_point) => onChange({ contact_point })}
      />
      <Name
        label={t('notifications.filter.account', 'Account')}
        names={accounts}
        named={names.account}
        value={selection.account}
        onChange={(account) => onChange({ account })}
      />
      <State value={selection.state} onChange={(state) => onChange({ state })} />
      <Range value={selection.range} onChange={(range) => onChange({ range })} />
      {selection.group && (
        <Button
          variant="secondary"
          icon="times"
          onClick={() => onChange({ group: undefined, range: selection.range })}
          aria-label={t('notifications.filter.group-label', 'Show other alert groups too')}
        >
          <Trans i18nKey="notifications.filter.group">Only one alert group</Trans>
        </Button>
      )}
      {isNarrowed(selection) && (
        <Button variant="secondary" fill="text" onClick={() => onChange(nothing)}>
          <Trans i18nKey="notifications.filter.clear">Clear filters</Trans>
        </Button>
      )}
    </Stack>
  );
}

export const nothing: Partial<Selection> = {
  search: undefined,
  contact_point: undefined,
  account: undefined,
  state: undefined,
  group: undefined,
};

const searchDelay = 300;

/** Asks when typing pauses. */
function Search({ value = '', onChange }: { value?: string; onChange: (search?: string) => void }) {
  const id = useId();
  const [text, setText] = useState(value);
  const [asked, setAsked] = useState(value);
  if (asked !== value) {
    // The address changed otherwise: a link, or all filters cleared.
    setAsked(value);
    setText(value);
  }
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  });
  useEffect(() => {
    if (text === value) {
      return;
    }
    const timer = setTimeout(() => tell.current(text || undefined), searchDelay);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <Field label={t('notifications.filter.search', 'Search')} htmlFor={id} noMargin>
      <FilterInput
        id={id}
        width={26}
        placeholder={t('notifications.filter.search-placeholder', 'Alert, title, code or text')}
        value={text}
        escapeRegex={false}
        onChange={setText}
      />
    </Field>
  );
}

interface NameProps {
  label: string;
  names: string[];
  named: (name: string) => Named;
  value?: string;
  onChange: (name?: string) => void;
}

function Name({ label, names, named, value, onChange }: NameProps) {
  const id = useId();
  const options = [...new Set(value ? [...names, value] : names)]
    .map((name) => ({ label: named(name).word, value: name, description: named(name).raw }))
    .sort((a, b) => a.label.localeCompare(b.label));
  return (
    <Field label={label} htmlFor={id} noMargin>
      <Combobox
        id={id}
        width={18}
        isClearable
        createCustomValue
        placeholder={t('notifications.filter.any', 'Any')}
        options={options}
        value={value ?? null}
        onChange={(option) => onChange(option?.value)}
      />
    </Field>
  );
}

function State({ value, onChange }: { value?: DeliveryState; onChange: (state?: DeliveryState) => void }) {
  const id = useId();
  return (
    <Field label={t('notifications.filter.state', 'State')} htmlFor={id} noMargin>
      <Combobox<DeliveryState>
        id={id}
        width={16}
        isClearable
        placeholder={t('notifications.filter.any', 'Any')}
        options={deliveryStates.map((state) => ({ label: wordOf(state), value: state }))}
        value={value ?? null}
        onChange={(option) => onChange(option?.value)}
      />
    </Field>
  );
}

function Range({ value, onChange }: { value: Selection['range']; onChange: (range: Preset) => void }) {
  const custom = typeof value === 'object' ? [{ label: `${formatTime(value.since)} – ${formatTime(value.until)}`, value: 'custom' as const }] : [];
  return (
    <Field label={t('notifications.filter.range', 'Time range')} noMargin>
      <RadioButtonGroup<Preset | 'custom'>
        aria-label={t('notifications.filter.range', 'Time range')}
        options={[...custom, ...presets.map((preset) => ({ label: wordOfPreset(preset), value: preset }))]}
        value={typeof value === 'object' ? 'custom' : value}
        onChange={(range) => range !== 'custom' && onChange(range)}
      />
    </Field>
  );
}

function wordOfPreset(preset: Preset): string {
  switch (preset) {
    case '1h':
      return t('notifications.range.hour', 'Last hour');
    case '24h':
      return t('notifications.range.day', '24 hours');
    case '7d':
      return t('notifications.range.week', '7 days');
    case 'all':
      return t('notifications.range.all', 'All');
  }
}
