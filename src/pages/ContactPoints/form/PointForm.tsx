import React, { useMemo, useReducer, useState, type FormEvent } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Alert, Button, Stack, Text, useStyles2 } from '@grafana/ui';
import { useChange } from '../../../api/changes';
import { RequestError } from '../../../api/request';
import type { ContactPointSettings, Fault, Settings } from '../../../api/types';
import { Faults } from '../../../components/Faults';
import { PageLinkButton } from '../../../components/PageLinkButton';
import { Problem } from '../../../components/Problem';
import { useUnsaved } from '../../../components/useUnsaved';
import { PLUGIN_BASE } from '../../../constants';
import { PreviewPanel } from '../preview/PreviewPanel';
import { draftOf, edited, moves, previewable, settingsOf, type Draft, type Edit } from './draft';
import { typeOf, type Choices } from './EntryEditor';
import { below, elsewhere, faultsOf, sentence } from './faultPlaces';
import { isName, nameFrom } from './name';
import { MessageInputs, NameInput, TitleInput } from './PointInputs';
import { StepsEditor } from './StepsEditor';

interface Props {
  /** The contact point that is edited; undefined for a new one. */
  name?: string;
  initial: ContactPointSettings;
  revision: string;
  /** The names that there are, in the order of the configuration. */
  names: string[];
  choices: Choices;
  defaults: Settings;
  /** Somebody else changed this contact point since the form was filled: says what to do about it. */
  onReload?: () => void;
  onSaved: (name: string) => void;
}

const noFaults: Fault[] = [];

/** Makes or changes a contact point, with a preview beside. */
export function PointForm({ name: fixed, initial, revision, names, choices, defaults, onReload, onSaved }: Props) {
  const styles = useStyles2(getStyles);
  const [draft, edit] = useReducer(edited, initial, draftOf);
  const [typedName, setTypedName] = useState<string>();
  const [tried, setTried] = useState(false);
  const change = useChange();
  const name = fixed ?? typedName ?? nameFrom(draft.rest.title ?? '');
  const found = fixed ? names.indexOf(fixed) : names.length;
  const faults = change.error instanceof RequestError ? change.error.faults : noFaults;
  const { own, others } = faultsOf(faults, found);
  const left = [...elsewhere(own, ['name', 'title', 'language', 'time_zone', 'repeat', 'steps']), ...others];
  const settings = useMemo(() => settingsOf(draft), [draft]);
  const { warning, saved } = useUnsaved([settings, typedName]);
  const nameFault = fixed ? undefined : faultOfName(name, names);

  const onEdit = (one: Edit) => {
    if (moves(one) && change.isError) {
      change.reset();
    }
    edit(one);
  };

  const save = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (nameFault) {
      return;
    }
    change.mutate(
      { kind: 'put-contact-point', revision, name, settings, ...(fixed ? {} : { create: true }) },
      {
        onSuccess: () => {
          saved();
          onSaved(name);
        },
      }
    );
  };

  return (
    <div className={styles.columns}>
      {warning}
      <form
        onSubmit={save}
        className={styles.form}
        noValidate
        aria-label={t('contact-points.form.label', 'Contact point')}
      >
        <Stack direction="column" gap={3}>
          <Stack direction="column" gap={2}>
            <TitleInput fields={draft.rest} faults={own} onChange={(fields) => onEdit({ kind: 'set-point', fields })} />
            <NameInput
              value={name}
              onChange={fixed ? undefined : setTypedName}
              error={(tried ? nameFault : undefined) ?? sentence(own, 'name')}
            />
          </Stack>
          <Stack direction="column" gap={2}>
            <Text element="h2" variant="h4">
              <Trans i18nKey="contact-points.form.steps">Whom to notify</Trans>
            </Text>
            <StepsEditor steps={draft.steps} choices={choices} faults={below(own, 'steps')} onEdit={onEdit} />
          </Stack>
          <Stack direction="column" gap={2}>
            <Text element="h2" variant="h4">
              <Trans i18nKey="contact-points.form.message">Messages</Trans>
            </Text>
            <MessageInputs
              fields={draft.rest}
              defaults={defaults}
              faults={own}
              onChange={(fields) => onEdit({ kind: 'set-point', fields })}
            />
          </Stack>
          <Outcome error={change.error} faulty={faults.length > 0} left={left} onReload={onReload} />
          <Stack gap={1} alignItems="center">
            <Button type="submit" disabled={change.isPending} icon={change.isPending ? 'spinner' : undefined}>
              <Trans i18nKey="contact-points.form.save">Save contact point</Trans>
            </Button>
            <PageLinkButton variant="secondary" to={`${PLUGIN_BASE}/contact-points`}>
              <Trans i18nKey="contact-points.form.cancel">Cancel</Trans>
            </PageLinkButton>
            <span role="status">
              {change.isSuccess && (
                <Text color="success">
                  <Trans i18nKey="contact-points.form.saved">Saved</Trans>
                </Text>
              )}
            </span>
          </Stack>
        </Stack>
      </form>
      <aside className={styles.preview} aria-label={t('contact-points.preview.title', 'Preview')}>
        <PreviewPanel name={isName(name) ? name : ''} draft={drawable(draft, settings, choices)} {...choices} />
      </aside>
    </div>
  );
}

function drawable(draft: Draft, settings: ContactPointSettings, choices: Choices): ContactPointSettings | undefined {
  return previewable(draft, (account) => typeOf(choices, account)) ? settings : undefined;
}

function faultOfName(name: string, names: string[]): string | undefined {
  if (!isName(name)) {
    return t(
      'contact-points.name.wrong',
      'Enter a name of lower-case letters, digits and hyphens that begins with a letter or digit'
    );
  }
  return names.includes(name)
    ? t('contact-points.name.taken', 'There is a contact point with this name already')
    : undefined;
}

interface OutcomeProps {
  error: Error | null;
  /** Whether faults are shown, at their fields or here. */
  faulty: boolean;
  left: Fault[];
  onReload?: () => void;
}

function Outcome({ error, faulty, left, onReload }: OutcomeProps) {
  if (!error) {
    return null;
  }
  const title = t('contact-points.form.not-saved', 'The contact point was not saved');
  if (faulty) {
    return (
      <Alert severity="error" title={title} bottomSpacing={0}>
        {left.length > 0 ? (
          <Faults faults={left} />
        ) : (
          <Trans i18nKey="contact-points.form.see-fields">See what the fields say.</Trans>
        )}
      </Alert>
    );
  }
  const changed = error instanceof RequestError && error.code === 'changed';
  return (
    <Stack direction="column" gap={1}>
      <Problem title={title} error={error} />
      {changed && onReload && (
        <div>
          <Button variant="secondary" onClick={onReload}>
            <Trans i18nKey="contact-points.form.reload">Drop my changes and load it again</Trans>
          </Button>
        </div>
      )}
    </Stack>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  columns: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(320px, 420px)',
    gap: theme.spacing(4),
    alignItems: 'start',
    [theme.breakpoints.down('lg')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  }),
  form: css({ maxWidth: 760 }),
  preview: css({
    position: 'sticky',
    top: theme.spacing(2),
    padding: theme.spacing(2),
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    [theme.breakpoints.down('lg')]: { position: 'static' },
  }),
});
