import React, { useState, type FormEvent } from 'react';
import { getTimeZones } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Alert, Button, Combobox, Field, Input, Stack, type ComboboxOption } from '@grafana/ui';
import { useChange } from '../../api/changes';
import { isOutdated, useRevision } from '../../api/revision';
import type { Defaults, SettingValue } from '../../api/types';
import { Problem } from '../../components/Problem';
import { severityOptions, severityWord } from '../../components/severityWord';
import { useUnsaved } from '../../components/useUnsaved';

// Names of things that are the same in every language.
const languages = new Map([
  ['zh', '中文'],
  ['en', 'English'],
]);
const usual = { timeZone: 'Asia/Shanghai', duplicateWindow: '60s', scheme: 'https://' };

export function DefaultsForm({ saved: stored }: { saved: Defaults }) {
  const [defaults, setDefaults] = useState(stored.defaults);
  const [url, setURL] = useState(stored.public_url ?? '');
  const { revision, adopt } = useRevision(stored.revision);
  const change = useChange();
  const { warning, saved } = useUnsaved([defaults, url]);
  const text = (field: string) => textOf(defaults[field]);
  const set = (field: string, value: string | undefined) => {
    change.reset();
    const { [field]: _was, ...rest } = defaults;
    setDefaults(value ? { ...rest, [field]: value } : rest);
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await change.mutateAsync({ kind: 'put-defaults', revision, defaults, public_url: url.trim() });
      saved();
      adopt();
    } catch (error) {
      if (isOutdated(error)) {
        adopt();
      }
    }
  };
  return (
    <form onSubmit={save} noValidate aria-label={t('configuration.defaults', 'Defaults')}>
      {warning}
      <Stack direction="column" gap={2}>
        {change.isError && (
          <Problem title={t('configuration.defaults-not-saved', 'The defaults were not saved')} error={change.error} />
        )}
        <Choice
          id="default-language"
          label={t('configuration.language', 'Language of messages')}
          options={[...languages].map(([value, label]) => ({ value, label }))}
          usual={languages.get('zh')}
          value={text('language')}
          onChange={(v) => set('language', v)}
        />
        <Choice
          id="default-time-zone"
          label={t('configuration.time-zone', 'Time zone')}
          options={getTimeZones().map((zone) => ({ value: zone, label: zone }))}
          usual={usual.timeZone}
          value={text('time_zone')}
          onChange={(v) => set('time_zone', v)}
        />
        <Choice
          id="default-severity"
          label={t('configuration.severity', 'Severity')}
          help={t('configuration.severity-help', 'Of alerts whose labels say none that is known.')}
          options={severityOptions()}
          usual={severityWord('warning')}
          value={text('severity')}
          onChange={(v) => set('severity', v)}
        />
        <Choice
          id="default-repeat"
          label={t('configuration.repeat', 'Repeats')}
          help={t('configuration.repeat-help', 'What Grafana’s repeat of an alert that still fires does.')}
          options={[
            { value: 'remind', label: t('configuration.remind', 'Remind: a reply or a new message') },
            { value: 'update', label: t('configuration.update', 'Update the card silently') },
            { value: 'ignore', label: t('configuration.ignore', 'Nothing') },
          ]}
          usual={t('configuration.remind', 'Remind: a reply or a new message')}
          value={text('repeat')}
          onChange={(v) => set('repeat', v)}
        />
        <Field
          label={t('configuration.duplicate-window', 'Duplicate window')}
          description={t(
            'configuration.duplicate-window-help',
            'The same state of an alert within this time counts once, such as 60s or 5m.'
          )}
          htmlFor="default-duplicate-window"
          noMargin
        >
          <Input
            id="default-duplicate-window"
            value={text('duplicate_window')}
            placeholder={usual.duplicateWindow}
            onChange={(e) => set('duplicate_window', e.currentTarget.value)}
          />
        </Field>
        <Field
          label={t('configuration.public-url', 'Public address')}
          description={t('configuration.public-url-help', 'Where people reach this Grafana, for links in messages.')}
          htmlFor="default-public-url"
          noMargin
        >
          <Input
            id="default-public-url"
            value={url}
            placeholder={usual.scheme}
            onChange={(e) => {
              change.reset();
              setURL(e.currentTarget.value);
            }}
          />
        </Field>
        {change.isSuccess && (
          <Alert severity="success" title={t('configuration.defaults-saved', 'Saved')} bottomSpacing={0} />
        )}
        <div>
          <Button type="submit" icon={change.isPending ? 'spinner' : undefined} disabled={change.isPending}>
            <Trans i18nKey="configuration.save-defaults">Save defaults</Trans>
          </Button>
        </div>
      </Stack>
    </form>
  );
}

interface ChoiceProps {
  id: string;
  label: string;
  help?: string;
  options: Array<ComboboxOption<string>>;
  /** What holds where nothing is chosen. */
  usual: string | undefined;
  value: string;
  onChange: (value: string | undefined) => void;
}

function Choice({ id, label, help, options, usual, value, onChange }: ChoiceProps) {
  return (
    <Field label={label} description={help} htmlFor={id} noMargin>
      <Combobox
        id={id}
        options={options}
        value={value || null}
        placeholder={usual}
        isClearable
        onChange={(option) => onChange(option?.value)}
      />
    </Field>
  );
}

const textOf = (value: SettingValue | undefined) => (typeof value === 'string' ? value : '');
