import React, { useId, useState, type KeyboardEvent } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { plain } from '../../../api/language';
import { Button, Combobox, Field, IconButton, Input, Stack, Text, TextLink, useStyles2 } from '@grafana/ui';
import type { Person, TargetKind } from '../../../api/types';
import { PLUGIN_BASE } from '../../../constants';
import { kindWord, targetWord } from '../../../components/target';
import { targetOf, withTarget } from './targets';

interface Props {
  label: string;
  description?: string;
  /** The kinds that the account's type takes. */
  kinds: TargetKind[];
  people: Person[];
  value: string[];
  onChange: (value: string[]) => void;
  required?: boolean;
  error?: string;
}

/** A list of targets: people by their name, others by kind and value. */
export function TargetsInput({ label, description, required, error, ...rest }: Props) {
  const id = useId();
  return (
    <Field
      label={label}
      description={description}
      required={required}
      error={error}
      invalid={error !== undefined}
      htmlFor={id}
      noMargin
    >
      <TargetsControl id={id} label={label} {...rest} />
    </Field>
  );
}

function TargetsControl({ id, label, kinds, people, value, onChange }: Omit<Props, 'description'> & { id: string }) {
  const styles = useStyles2(getStyles);
  const kindId = useId();
  const [chosen, setChosen] = useState<TargetKind>();
  const kind = chosen && kinds.includes(chosen) ? chosen : kinds[0];
  const add = (target: string) => onChange(withTarget(value, target));
  return (
    <Stack direction="column" gap={1}>
      {value.length > 0 && (
        <ul className={styles.list} aria-label={label}>
          {value.map((target) => (
            <li key={target} className={styles.target}>
              <span title={target}>{targetWord(target, people)}</span>
              <IconButton
                name="times"
                size="sm"
                aria-label={t('contact-points.targets.remove', 'Remove {{target}}', {
                  ...plain,
                  target: targetWord(target, people),
                })}
                onClick={() => onChange(value.filter((one) => one !== target))}
              />
            </li>
          ))}
        </ul>
      )}
      {kind && (
        <Stack gap={1} alignItems="flex-start">
          {kinds.length > 1 && (
            <div className={styles.kind}>
              <span id={kindId} className="sr-only">
                {t('contact-points.targets.kind', '{{field}}: kind', { ...plain, field: label })}
              </span>
              <Combobox
                aria-labelledby={kindId}
                options={kinds.map((k) => ({ label: kindWord(k), value: k }))}
                value={kind}
                onChange={(option) => setChosen(option.value)}
              />
            </div>
          )}
          <div className={styles.value}>
            <Value key={kind} {...{ id, label, kind, people, value, add }} />
          </div>
        </Stack>
      )}
    </Stack>
  );
}

interface ValueProps {
  id: string;
  label: string;
  kind: TargetKind;
  people: Person[];
  value: string[];
  add: (target: string) => void;
}

function Value({ id, label, kind, people, value, add }: ValueProps) {
  const [typed, setTyped] = useState('');
  // What is typed counts without a press of the button, so nothing is lost when the form is saved.
  const take = () => {
    if (typed.trim() !== '') {
      add(targetOf(kind, typed));
      setTyped('');
    }
  };
  if (kind === 'all') {
    const everybody = `${label}: ${kindWord('all')}`;
    return (
      <Button
        variant="secondary"
        icon="plus"
        disabled={value.includes('all')}
        aria-label={everybody}
        onClick={() => add('all')}
      >
        {kindWord('all')}
      </Button>
    );
  }
  if (kind === 'person') {
    const others = people.filter((p) => !value.includes(targetOf('person', p.name)));
    return people.length === 0 ? (
      <Text color="secondary" variant="bodySmall">
        <Trans i18nKey="contact-points.targets.nobody">
          There are no people yet. <TextLink href={`${PLUGIN_BASE}/people`}>Add people</TextLink>
        </Trans>
      </Text>
    ) : (
      <Combobox
        id={id}
        options={others.map((p) => ({ label: p.title || p.name, value: p.name, description: p.email ?? p.mobile }))}
        value={null}
        placeholder={t('contact-points.targets.person', 'Choose a person')}
        onChange={(option) => add(targetOf('person', option.value))}
      />
    );
  }
  return (
    <Stack gap={1}>
      <Input
        id={id}
        value={typed}
        placeholder={hint(kind)}
        onChange={(e) => setTyped(e.currentTarget.value)}
        onBlur={take}
        onKeyDown={(e: KeyboardEvent) => {
          if (e.key === 'Enter') {
            e.preventDefault();
            take();
          }
        }}
      />
      <Button variant="secondary" icon="plus" disabled={typed.trim() === ''} onClick={take}>
        <Trans i18nKey="contact-points.targets.add">Add</Trans>
      </Button>
    </Stack>
  );
}

function hint(kind: TargetKind): string {
  switch (kind) {
    case 'phone':
      return t('contact-points.targets.phone-hint', '+8613800000000');
    case 'email':
      return t('contact-points.targets.email-hint', 'name@example.com');
    default:
      return t('contact-points.targets.id-hint', 'ID as the provider has it');
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5), listStyle: 'none', margin: 0, padding: 0 }),
  target: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    padding: theme.spacing(0.25, 1),
    borderRadius: theme.shape.radius.pill,
    background: theme.colors.secondary.main,
    color: theme.colors.secondary.contrastText,
    overflowWrap: 'anywhere',
  }),
  kind: css({ flex: '0 0 150px' }),
  value: css({ flexGrow: 1, minWidth: 0 }),
});
