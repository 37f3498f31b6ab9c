import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Badge, Button, Stack } from '@grafana/ui';
import { useEnable } from '../../api/app';
import { Confirm } from '../../components/Confirm';
import { Problem } from '../../components/Problem';
import { reload } from './reload';
import { Section } from './Section';

export function EnableApp({ enabled }: { enabled: boolean }) {
  const [asking, setAsking] = useState(false);
  const enable = useEnable();
  // The rest of Grafana learns of it only when it loads again.
  const set = (to: boolean) => enable.mutate(to, { onSuccess: reload });
  return (
    <Section title={t('configuration.app', 'App')}>
      {enable.isError && (
        <Problem
          title={
            enabled
              ? t('configuration.disable-failed', 'The app was not disabled')
              : t('configuration.enable-failed', 'The app was not enabled')
          }
          error={enable.error}
        />
      )}
      {enabled ? (
        <Stack gap={2} alignItems="center">
          <Badge color="green" icon="check" text={t('configuration.enabled', 'Enabled')} />
          <Button variant="secondary" disabled={enable.isPending} onClick={() => setAsking(true)}>
            <Trans i18nKey="configuration.disable">Disable</Trans>
          </Button>
        </Stack>
      ) : (
        <Stack direction="column" gap={2} alignItems="flex-start">
          <span>
            <Trans i18nKey="configuration.disabled">
              The app is disabled in this organisation. Enable it to add accounts and contact points.
            </Trans>
          </span>
          <Button disabled={enable.isPending} onClick={() => set(true)}>
            <Trans i18nKey="configuration.enable">Enable</Trans>
          </Button>
        </Stack>
      )}
      {asking && (
        <Confirm
          title={t('configuration.disable-title', 'Disable the app')}
          body={t(
            'configuration.disable-body',
            'Grafana’s contact points that call the app fail until it is enabled again, and messages that still wait may stay unsent. Accounts, contact points and history stay.'
          )}
          yes={t('configuration.disable', 'Disable')}
          onYes={() => set(false)}
          onClose={() => setAsking(false)}
        />
      )}
    </Section>
  );
}
