import React, { useId } from 'react';
import { css } from '@emotion/css';
import { t, Trans } from '@grafana/i18n';
import { plain } from '../../../api/language';
import { Button, Combobox, Field, IconButton, Stack, useStyles2 } from '@grafana/ui';
import { severities, type Notify, type Severity, type UrgeMode } from '../../../api/types';
import { severityOptions, severityWord } from '../../../components/severityWord';
import { modeWord } from '../../../components/abilities';

type Urgency = NonNullable<Notify['urgent']>;

interface Props {
  modes: UrgeMode[];
  value: Urgency;
  onChange: (value: Urgency) => void;
  error?: string;
}

/** From which severity on people are urged, and how. The worst that fits wins. */
export function UrgencyInput({ modes, value, onChange, error }: Props) {
  return (
    <Field
      label={t('contact-points.urgent.label', 'Urgent')}
      description={t(
        'contact-points.urgent.help',
        'From a severity on, the people named above are urged besides. The worst severity that fits counts.'
      )}
      error={error}
      invalid={error !== undefined}
      noMargin
    >
      <UrgencyControl {...{ modes, value, onChange }} />
    </Field>
  );
}

function UrgencyControl({ modes, value, onChange }: Omit<Props, 'error'>) {
  const styles = useStyles2(getStyles);
  const own = useId();
  const set = severities.filter((s) => value[s] !== undefined);
  const free = severities.find((s) => value[s] === undefined);
  const mode = modes[0];
  const without = (severity: Severity): Urgency => {
    const { [severity]: _gone, ...rest } = value;
    return rest;
  };
  return (
    <Stack direction="column" gap={1} role="group" aria-label={t('contact-points.urgent.label', 'Urgent')}>
      {set.map((severity) => (
        <Stack key={severity} gap={1} alignItems="center">
          <span id={`${own}-${severity}`} className="sr-only">
            <Trans i18nKey="contact-points.urgent.from">Urgent from severity</Trans>
          </span>
          <div className={styles.choice}>
            <Combobox
              aria-labelledby={`${own}-${severity}`}
              options={severityOptions().filter((o) => o.value === severity || value[o.value] === undefined)}
              value={severity}
              onChange={(option) => onChange({ ...without(severity), [option.value]: value[severity] })}
            />
          </div>
          <span id={`${own}-${severity}-how`}>
            <Trans i18nKey="contact-points.urgent.or-worse">or worse:</Trans>
          </span>
          <div className={styles.choice}>
            <Combobox
              aria-labelledby={`${own}-${severity}-how`}
              options={modes.map((m) => ({ label: modeWord(m), value: m }))}
              value={value[severity] ?? null}
              onChange={(option) => onChange({ ...value, [severity]: option.value })}
            />
          </div>
          <IconButton
            name="trash-alt"
            tooltip={t('contact-points.urgent.remove', 'Do not urge from {{severity}} on', {
              ...plain,
              severity: severityWord(severity),
            })}
            onClick={() => onChange(without(severity))}
          />
        </Stack>
      ))}
      {free && mode && (
        <div>
          <Button variant="secondary" size="sm" icon="plus" onClick={() => onChange({ ...value, [free]: mode })}>
            <Trans i18nKey="contact-points.urgent.add">Urge people</Trans>
          </Button>
        </div>
      )}
    </Stack>
  );
}

const getStyles = () => ({ choice: css({ width: 150 }) });
