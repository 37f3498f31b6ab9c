import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Button, Checkbox, Stack } from '@grafana/ui';
import type { Account, Field, Manifest } from '../../api/types';
import { FieldInput } from '../../components/FieldInput';
import { entersSecrets, movedAddresses, type Draft } from './draft';

interface NoteProps {
  type: Manifest;
  account: Account | undefined;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

/** Says that stored secrets are replaced all at once, and why they are asked for now. */
export function SecretsNote({ type, account, draft, onChange }: NoteProps) {
  if (!account?.secrets?.length) {
    return null;
  }
  const moved = movedAddresses(draft, account, type);
  if (moved.length > 0) {
    return (
      <Alert severity="warning" title={t('accounts.moved', 'Enter the secrets again')} bottomSpacing={0}>
        <Trans i18nKey="accounts.moved-body" values={{ fields: moved.join(', ') }}>
          The address changed ({'{{fields}}'}). Stored secrets are only ever sent to the address that they were entered
          for.
        </Trans>
      </Alert>
    );
  }
  if (!draft.replacing) {
    return (
      <Stack>
        <Button variant="secondary" icon="sync" onClick={() => onChange({ ...draft, replacing: true })}>
          <Trans i18nKey="accounts.rotate">Rotate secrets</Trans>
        </Button>
      </Stack>
    );
  }
  return (
    <Alert severity="info" title={t('accounts.replacing', 'Enter all secrets of this account')} bottomSpacing={0}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        <Trans i18nKey="accounts.replacing-body">
          The secrets of an account are stored together and replaced together. The stored ones are used until you save.
        </Trans>
        <Button
          size="sm"
          variant="secondary"
          onClick={() => onChange({ ...draft, replacing: false, secrets: {}, removed: [] })}
        >
          <Trans i18nKey="accounts.keep">Keep the stored secrets</Trans>
        </Button>
      </Stack>
    </Alert>
  );
}

interface FieldProps extends NoteProps {
  field: Field;
  error: string | undefined;
}

/** One secret: configured, or to be entered. Whoever begins to replace one replaces all. */
export function SecretField({ field, type, account, draft, error, onChange }: FieldProps) {
  const stored = account?.secrets?.includes(field.name) ?? false;
  const entering = entersSecrets(draft, account, type);
  const removed = draft.removed.includes(field.name);
  return (
    <Stack direction="column" gap={1}>
      <FieldInput
        field={field}
        value={draft.secrets[field.name]}
        configured={stored && !entering}
        onReset={() => onChange({ ...draft, replacing: true })}
        onChange={(value) =>
          onChange({
            ...draft,
            replacing: true,
            secrets: { ...draft.secrets, [field.name]: typeof value === 'string' ? value : '' },
          })
        }
        disabled={removed && entering}
        error={error}
      />
      {stored && entering && !field.required && (
        <Checkbox
          label={t('accounts.remove-secret', 'Remove this secret')}
          value={removed}
          onChange={(e) =>
            onChange({
              ...draft,
              secrets: { ...draft.secrets, [field.name]: '' },
              removed: e.currentTarget.checked
                ? [...draft.removed, field.name]
                : draft.removed.filter((name) => name !== field.name),
            })
          }
        />
      )}
    </Stack>
  );
}
