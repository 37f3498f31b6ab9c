import React from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { LoadingPlaceholder, Stack } from '@grafana/ui';
import { useContactPoints, useDefaults } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { ContactPoints } from '../../api/types';
import { Problem } from '../../components/Problem';
import { ReadOnlyNote } from '../../components/ReadOnlyNote';
import { PLUGIN_BASE } from '../../constants';
import { EditorsOnly } from './EditorsOnly';
import type { Choices } from './form/EntryEditor';
import { PointForm } from './form/PointForm';
import { AccountChoice } from './types/AccountChoice';
import { TypeGallery } from '../../components/TypeGallery';
import { useChoices } from './useChoices';

/** A new contact point: which type, which account, then its form. The address says how far one is, so Back works. */
export function NewPage() {
  const editor = hasRole('Editor');
  const points = useContactPoints();
  const { choices, error, retry } = useChoices(editor);
  return (
    <PluginPage
      pageNav={{
        text: t('contact-points.new-title', 'New contact point'),
        parentItem: { text: t('contact-points.nav', 'Contact points'), url: `${PLUGIN_BASE}/contact-points` },
      }}
    >
      <Content {...{ editor, points, choices, error, retry }} />
    </PluginPage>
  );
}

interface ContentProps {
  editor: boolean;
  points: ReturnType<typeof useContactPoints>;
  choices: Choices | undefined;
  error: Error | null | undefined;
  retry: () => void;
}

function Content({ editor, points, choices, error, retry }: ContentProps) {
  if (!editor) {
    return <EditorsOnly />;
  }
  const failed = error ?? (points.data ? undefined : points.error);
  if (failed) {
    return (
      <Problem
        title={t('contact-points.no-choices', 'The form cannot be drawn')}
        error={failed}
        onRetry={() => {
          retry();
          void points.refetch();
        }}
      />
    );
  }
  if (!choices || !points.data) {
    return <LoadingPlaceholder text={t('contact-points.loading-form', 'Loading the form…')} />;
  }
  if (points.data.read_only || points.data.admins_only) {
    return <ReadOnlyNote owner={points.data} />;
  }
  return <Way choices={choices} points={points.data} />;
}

function Way({ choices, points }: { choices: Choices; points: ContactPoints }) {
  const navigate = useNavigate();
  const defaults = useDefaults();
  const [params, setParams] = useSearchParams();
  const account = choices.accounts.find((a) => a.name === params.get('account'));
  const type = choices.types.find((m) => m.type === params.get('type'));
  if (account && defaults.isPending) {
    return <LoadingPlaceholder text={t('contact-points.loading-form', 'Loading the form…')} />;
  }
  if (account) {
    return (
      <PointForm
        key={account.name}
        initial={{ steps: [{ notify: [{ account: account.name }] }] }}
        revision={points.revision}
        names={points.contact_points.map((p) => p.name)}
        choices={choices}
        defaults={defaults.data?.defaults ?? {}}
        onSaved={(name) => navigate(`${PLUGIN_BASE}/contact-points/${name}/edit`, { state: { created: true } })}
      />
    );
  }
  if (type) {
    return (
      <AccountChoice
        type={type}
        accounts={choices.accounts.filter((a) => a.type === type.type)}
        onPick={(name) => setParams({ type: type.type, account: name })}
        onBack={() => setParams({})}
      />
    );
  }
  return (
    <Stack direction="column" gap={2}>
      <TypeGallery
        types={choices.types}
        accountsOf={(of) => choices.accounts.filter((a) => a.type === of).length}
        onPick={(picked) => setParams({ type: picked })}
      />
    </Stack>
  );
}
