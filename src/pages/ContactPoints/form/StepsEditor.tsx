import React, { useEffect, useRef } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { plain } from '../../../api/language';
import { Button, Field, Icon, Input, Stack, Text, useStyles2 } from '@grafana/ui';
import { Faults } from '../../../components/Faults';
import { waits, type Edit, type StepDraft } from './draft';
import { EntryEditor, type Choices } from './EntryEditor';
import { below, elsewhere, sentence, type PlacedFaults } from './faultPlaces';
import { PlaceButtons } from './PlaceButtons';

interface Props {
  steps: StepDraft[];
  choices: Choices;
  faults: PlacedFaults;
  onEdit: (edit: Edit) => void;
}

/** The steps of a contact point, one below the other. */
export function StepsEditor({ steps, choices, faults, onEdit }: Props) {
  const styles = useStyles2(getStyles);
  const follow = useFocusOfMoved(steps);
  return (
    <Stack direction="column" gap={2}>
      <ol className={styles.steps} aria-label={t('contact-points.steps.label', 'Steps')}>
        {steps.map((step, i) => (
          <li
            key={step.id}
            id={domId(step.id)}
            tabIndex={-1}
            className={styles.step}
            aria-label={t('contact-points.steps.step', 'Step {{n}}', { ...plain, n: i + 1 })}
          >
            <StepEditor
              step={step}
              place={i}
              count={steps.length}
              choices={choices}
              faults={below(faults, `[${i}]`)}
              onEdit={(edit) => {
                if (edit.kind === 'move-step') {
                  follow(edit.step);
                }
                onEdit(edit);
              }}
            />
          </li>
        ))}
      </ol>
      <div>
        <Button variant="secondary" icon="plus" onClick={() => onEdit({ kind: 'add-step' })}>
          <Trans i18nKey="contact-points.steps.add">Add a step for when this fails</Trans>
        </Button>
      </div>
    </Stack>
  );
}

const domId = (step: number) => `contact-point-step-${step}`;

/** A step that was moved keeps the focus, so that the keyboard is where the eye is. */
function useFocusOfMoved(steps: StepDraft[]): (step: number) => void {
  const moved = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (moved.current !== undefined) {
      document.getElementById(domId(moved.current))?.focus();
      moved.current = undefined;
    }
  }, [steps]);
  return (step) => {
    moved.current = step;
  };
}

interface StepProps {
  step: StepDraft;
  place: number;
  count: number;
  choices: Choices;
  faults: PlacedFaults;
  onEdit: (edit: Edit) => void;
}

function StepEditor({ step, place, count, choices, faults, onEdit }: StepProps) {
  const styles = useStyles2(getStyles);
  const left = elsewhere(faults, ['give_up', ...step.notify.map((_, i) => `notify[${i}]`)]);
  const last = place === count - 1;
  const giveUp = sentence(faults, 'give_up');
  const giveUpId = `${domId(step.id)}-give-up`;
  return (
    <Stack direction="column" gap={1.5}>
      <Stack justifyContent="space-between" alignItems="center">
        <Stack gap={1} alignItems="center">
          <span className={styles.number} aria-hidden>
            {place + 1}
          </span>
          <Text element="h3" variant="h5">
            {stepTitle(step, place)}
          </Text>
        </Stack>
        <PlaceButtons
          what={t('contact-points.steps.step', 'Step {{n}}', { ...plain, n: place + 1 })}
          place={place}
          count={count}
          onMove={(by) => onEdit({ kind: 'move-step', step: step.id, by })}
          onRemove={() => onEdit({ kind: 'remove-step', step: step.id })}
        />
      </Stack>
      {left.length > 0 && (
        <div role="alert" className={styles.fault}>
          <Icon name="exclamation-circle" />
          <Faults faults={left} />
        </div>
      )}
      {step.notify.map(({ id, entry }, i) => (
        <EntryEditor
          key={id}
          entry={entry}
          place={i}
          count={step.notify.length}
          choices={choices}
          faults={below(faults, `notify[${i}]`)}
          onChange={(value) => onEdit({ kind: 'set-entry', step: step.id, entry: id, value })}
          onMove={(by) => onEdit({ kind: 'move-entry', step: step.id, entry: id, by })}
          onRemove={() => onEdit({ kind: 'remove-entry', step: step.id, entry: id })}
        />
      ))}
      <div>
        <Button
          variant="secondary"
          size="sm"
          fill="text"
          icon="plus"
          onClick={() => onEdit({ kind: 'add-entry', step: step.id })}
        >
          <Trans i18nKey="contact-points.steps.add-entry">Notify by another account too</Trans>
        </Button>
      </div>
      {!last && (
        <Field
          label={t('contact-points.steps.give-up', 'Go on after')}
          description={t(
            'contact-points.steps.give-up-help',
            'How long this step keeps trying before the next one runs, such as 5m. Critical alerts go on after 2m unless you say otherwise.'
          )}
          error={giveUp}
          invalid={giveUp !== undefined}
          htmlFor={giveUpId}
          noMargin
        >
          <Input
            id={giveUpId}
            width={20}
            value={step.rest.give_up ?? ''}
            placeholder={t('contact-points.steps.give-up-hint', '5m')}
            onChange={(e) =>
              onEdit({
                kind: 'set-step',
                step: step.id,
                fields: { give_up: e.currentTarget.value.trim() || undefined },
              })
            }
          />
        </Field>
      )}
    </Stack>
  );
}

function stepTitle({ rest }: StepDraft, place: number): string {
  if (place === 0) {
    return t('contact-points.steps.first', 'At once');
  }
  return waits(rest)
    ? t('contact-points.steps.waits', 'Later, as the configuration says')
    : t('contact-points.steps.on-failure', 'When the step before failed');
}

const getStyles = (theme: GrafanaTheme2) => ({
  steps: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    listStyle: 'none',
    margin: 0,
    padding: 0,
  }),
  step: css({
    padding: theme.spacing(2),
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
  }),
  number: css({
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: theme.spacing(3),
    height: theme.spacing(3),
    borderRadius: theme.shape.radius.circle,
    background: theme.colors.secondary.main,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  fault: css({ display: 'flex', gap: theme.spacing(1), color: theme.colors.error.text }),
});
