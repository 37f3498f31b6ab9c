import React, { useRef, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router-dom';
import { t, Trans } from '@grafana/i18n';
import { Box, Button, Field, Input, Stack, TextLink } from '@grafana/ui';
import { useChange } from '../../api/changes';
import { plain, words } from '../../api/language';
import { query } from '../../api/queries';
import { RequestError } from '../../api/request';
import { isOutdated, useRevision } from '../../api/revision';
import type { Account, Accounts, Manifest, SettingValue } from '../../api/types';
import { FieldInput } from '../../components/FieldInput';
import { PageLinkButton } from '../../components/PageLinkButton';
import { Problem } from '../../components/Problem';
import { useUnsaved } from '../../components/useUnsaved';
import { PLUGIN_BASE } from '../../constants';
import { AdvancedFields, BaseURL, isAdvanced } from './AdvancedFields';
import { draftFaults, draftOf, freeName, isWithin, needsAddress, pathOf, secretsOf, type DraftFaults } from './draft';
import { LimitsSection } from './LimitsSection';
import { SecretField, SecretsNote } from './Secrets';

interface Props {
  type: Manifest;
  accounts: Accounts;
  /** Nothing for a new one. */
  account?: Account;
  /** What the user is doing besides, to be led back. */
  then?: string;
}

export function AccountForm({ type, accounts, account: newest, then }: Props) {
  // What is edited is as it was when the form opened.
  const [account] = useState(newest);
  const taken = accounts.accounts.map((a) => a.name);
  const [draft, setDraft] = useState(() => draftOf(account, freeName(type.type, taken)));
  const [faults, setFaults] = useState<DraftFaults>({});
  const { revision, adopt } = useRevision(accounts.revision);
  const change = useChange();
  const { warning, saved } = useUnsaved([
    draft.name,
    draft.settings,
    Object.entries(draft.secrets).filter(([, v]) => v !== ''),
    draft.removed,
  ]);
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);

  const set = (field: string, value: SettingValue | undefined) => {
    setFaults(Object.fromEntries(Object.entries(faults).filter(([path]) => !isWithin(path, field))));
    setDraft({
      ...draft,
      settings: value === undefined ? without(draft.settings, field) : { ...draft.settings, [field]: value },
    });
  };

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const found = draftFaults(draft, account, type, taken);
    setFaults(found);
    if (Object.keys(found).length > 0) {
      requestAnimationFrame(() => form.current?.querySelector('[role="alert"]')?.scrollIntoView?.({ block: 'center' }));
      return;
    }
    try {
      await change.mutateAsync({
        kind: 'put-account',
        revision,
        name: draft.name,
        ...(account ? {} : { create: true }),
        type: type.type,
        settings: draft.settings,
        secrets: secretsOf(draft, account, type),
      });
      saved();
      navigate(`${PLUGIN_BASE}/accounts${query({ saved: draft.name, then })}`);
    } catch (error) {
      setFaults(refusedFields(error, draft.name));
      if (isOutdated(error)) {
        adopt();
      }
    }
  };

  return (
    <Box maxWidth={90} element="div">
      {warning}
      <form ref={form} onSubmit={save} noValidate aria-label={t('accounts.form', 'Account')}>
        <Stack direction="column" gap={2}>
          {change.isError && (
            <Problem title={t('accounts.save-failed', 'The account was not saved')} error={change.error} />
          )}
          {type.docs && (
            <TextLink href={type.docs} external>
              {t('accounts.docs', 'Documentation of {{type}}', { type: words(type.title), ...plain })}
            </TextLink>
          )}
          <Identity
            name={draft.name}
            title={typeof draft.settings.title === 'string' ? draft.settings.title : ''}
            fixed={account !== undefined}
            error={faults.name}
            onName={(name) => {
              setFaults(without(faults, 'name'));
              setDraft({ ...draft, name });
            }}
            onTitle={(title) => set('title', title || undefined)}
          />
          <SecretsNote type={type} account={account} draft={draft} onChange={setDraft} />
          {needsAddress(type) && (
            <BaseURL
              type={type}
              value={draft.settings.base_url}
              error={faults.base_url}
              onChange={(v) => set('base_url', v)}
            />
          )}
          {type.fields.map((field) =>
            field.secret ? (
              <SecretField
                key={field.name}
                field={field}
                type={type}
                account={account}
                draft={draft}
                error={faults[field.name]}
                onChange={(next) => {
                  setFaults(without(faults, field.name));
                  setDraft(next);
                }}
              />
            ) : (
              <FieldInput
                key={field.name}
                field={field}
                value={draft.settings[field.name]}
                error={faults[field.name]}
                onChange={(value) => set(field.name, value)}
              />
            )
          )}
          <LimitsSection
            type={type}
            value={draft.settings.limits}
            faults={faults}
            onChange={(value) => set('limits', value)}
          />
          <AdvancedFields
            type={type}
            settings={draft.settings}
            faults={faults}
            onChange={set}
            startOpen={Object.keys(draft.settings).some((name) => isAdvanced(name, type))}
          />
          <Stack gap={1}>
            <Button type="submit" icon={change.isPending ? 'spinner' : undefined} disabled={change.isPending}>
              {account ? (
                <Trans i18nKey="accounts.save">Save</Trans>
              ) : (
                <Trans i18nKey="accounts.create">Create account</Trans>
              )}
            </Button>
            <PageLinkButton variant="secondary" fill="outline" to={`${PLUGIN_BASE}/accounts`}>
              <Trans i18nKey="accounts.cancel">Cancel</Trans>
            </PageLinkButton>
          </Stack>
        </Stack>
      </form>
    </Box>
  );
}

interface IdentityProps {
  name: string;
  title: string;
  fixed: boolean;
  error: string | undefined;
  onName: (name: string) => void;
  onTitle: (title: string) => void;
}

function Identity({ name, title, fixed, error, onName, onTitle }: IdentityProps) {
  return (
    <>
      <Field
        label={t('accounts.title', 'Title')}
        description={t('accounts.title-help', 'How people call it, such as “Ops group robot”.')}
        htmlFor="account-title"
        noMargin
      >
        <Input id="account-title" value={title} onChange={(e) => onTitle(e.currentTarget.value)} />
      </Field>
      <Field
        label={t('accounts.name', 'Name')}
        description={
          fixed
            ? t('accounts.name-fixed', 'Contact points and history refer to it, so it stays.')
            : t('accounts.name-help', 'Contact points and history refer to it; it cannot be changed later.')
        }
        required
        error={error}
        invalid={error !== undefined}
        htmlFor="account-name"
        noMargin
      >
        <Input
          id="account-name"
          value={name}
          disabled={fixed}
          autoComplete="off"
          onChange={(e) => onName(e.currentTarget.value)}
        />
      </Field>
    </>
  );
}

/** What the backend found wrong with single fields of this account. */
function refusedFields(error: unknown, name: string): DraftFaults {
  const path = `${pathOf(name)}.`;
  const faults = error instanceof RequestError ? error.faults : [];
  return Object.fromEntries(
    faults
      .filter((f) => f.path.startsWith(path))
      .map((f) => [f.path.slice(path.length), [words(f.message), words(f.hint)].filter(Boolean).join(' — ')])
  );
}

function without<T>(record: Record<string, T>, field: string): Record<string, T> {
  const { [field]: _gone, ...rest } = record;
  return rest;
}
