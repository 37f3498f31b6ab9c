import React, { useId, useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Combobox, Field, RadioButtonGroup, Spinner, Stack, Text } from '@grafana/ui';
import { plain, words } from '../../../api/language';
import type { Account, ContactPointSettings, Manifest, Person, Preview, Severity } from '../../../api/types';
import { usePreview, type PreviewRequest } from '../../../api/workbench';
import { PreviewTree } from '../../../components/PreviewTree';
import { Problem } from '../../../components/Problem';
import { TypeLogo } from '../../../components/TypeLogo';
import { targetWord } from '../../../components/target';
import { severityOptions } from '../../../components/severityWord';
import { useDelayed } from './useDelayed';

interface Props {
  name: string;
  /** What is being edited; undefined while too much is missing for a preview. */
  draft: ContactPointSettings | undefined;
  accounts: Account[];
  types: Manifest[];
  people: Person[];
}

const delay = 400;
/** What a new contact point is called as long as it has no name. */
const unnamed = 'preview';

/** How people would see an alert, while the form is filled in. Nothing is sent. */
export function PreviewPanel({ name, draft, accounts, types, people }: Props) {
  const severityId = useId();
  const [severity, setSeverity] = useState<Severity>('critical');
  const [status, setStatus] = useState<PreviewRequest['status']>('firing');
  const settled = useDelayed(draft, delay);
  const ready = draft !== undefined && settled !== undefined;
  const preview = usePreview({ contact_point: name || unnamed, draft: settled, severity, status }, ready);
  return (
    <Stack direction="column" gap={2}>
      <Stack gap={1} alignItems="center">
        <Text element="h2" variant="h4">
          <Trans i18nKey="contact-points.preview.title">Preview</Trans>
        </Text>
        {ready && (preview.isFetching || settled !== draft) && <Spinner inline size="sm" />}
      </Stack>
      <Stack gap={2} wrap="wrap" alignItems="flex-end">
        <Field label={t('contact-points.preview.severity', 'Severity')} htmlFor={severityId} noMargin>
          <Combobox
            id={severityId}
            width={20}
            options={severityOptions()}
            value={severity}
            onChange={(option) => setSeverity(option.value)}
          />
        </Field>
        <RadioButtonGroup
          aria-label={t('contact-points.preview.status', 'Status')}
          options={[
            { label: t('contact-points.preview.firing', 'Firing'), value: 'firing' as const },
            { label: t('contact-points.preview.resolved', 'Resolved'), value: 'resolved' as const },
          ]}
          value={status}
          onChange={setStatus}
        />
      </Stack>
      <Results {...{ ready, preview, accounts, types, people }} />
    </Stack>
  );
}

interface ResultsProps extends Pick<Props, 'accounts' | 'types' | 'people'> {
  ready: boolean;
  preview: ReturnType<typeof usePreview>;
}

function Results({ ready, preview, accounts, types, people }: ResultsProps) {
  if (!ready) {
    return (
      <Text color="secondary">
        <Trans i18nKey="contact-points.preview.incomplete">
          Choose an account and recipients, and the message shows here as people will see it.
        </Trans>
      </Text>
    );
  }
  if (preview.isError) {
    return <Problem title={t('contact-points.preview.failed', 'No preview')} error={preview.error} />;
  }
  if (!preview.data) {
    return (
      <Text color="secondary">
        <Trans i18nKey="contact-points.preview.drawing">Drawing…</Trans>
      </Text>
    );
  }
  if (preview.data.length === 0) {
    return (
      <Text color="secondary">
        <Trans i18nKey="contact-points.preview.nothing">Nothing is sent for this severity.</Trans>
      </Text>
    );
  }
  return (
    <Stack direction="column" gap={3}>
      {preview.data.map((one, i) => (
        <Result
          key={`${one.account} ${one.target} ${i}`}
          preview={one}
          type={types.find((m) => m.type === one.type)}
          account={accounts.find((a) => a.name === one.account)?.title || one.account}
          people={people}
        />
      ))}
      <Text color="secondary" variant="bodySmall">
        <Trans i18nKey="contact-points.preview.first-step">This is the first step, with a sample alert.</Trans>
      </Text>
    </Stack>
  );
}

interface ResultProps {
  preview: Preview;
  type: Manifest | undefined;
  account: string;
  people: Person[];
}

function Result({ preview, type, account, people }: ResultProps) {
  const parts = preview.parts.length;
  return (
    <Stack direction="column" gap={1}>
      <Stack gap={1} alignItems="center">
        {type && <TypeLogo type={type} size={20} />}
        <Text weight="medium">{preview.target ? `${account} → ${targetWord(preview.target, people)}` : account}</Text>
      </Stack>
      {preview.error && (
        <Alert
          severity="warning"
          bottomSpacing={0}
          title={t('contact-points.preview.cannot', 'This target cannot be drawn')}
        >
          {preview.error}
        </Alert>
      )}
      {preview.parts.map((part, i) => (
        <Stack key={i} direction="column" gap={0.5}>
          <PreviewTree tree={part.preview} />
          <Text color="secondary" variant="bodySmall">
            {parts > 1
              ? t('contact-points.preview.part', 'Part {{n}} of {{parts}}, {{bytes}} bytes', {
                  ...plain,
                  n: i + 1,
                  parts,
                  bytes: part.bytes,
                })
              : t('contact-points.preview.bytes', '{{bytes}} bytes', { ...plain, bytes: part.bytes })}
          </Text>
        </Stack>
      ))}
      {preview.notes.map((note, i) => (
        <Text key={i} color="secondary" variant="bodySmall">
          {words(note)}
        </Text>
      ))}
    </Stack>
  );
}
