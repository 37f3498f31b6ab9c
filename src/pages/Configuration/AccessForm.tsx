import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Badge, Button, Field, Input, Stack, Text } from '@grafana/ui';
import { plain } from '../../api/language';
import { settingsAccount, useGrant, webhookAccount } from '../../api/access';
import { isOutdated, useRevision } from '../../api/revision';
import type { GrafanaAccess } from '../../api/types';
import { Confirm } from '../../components/Confirm';
import { Problem } from '../../components/Problem';

/** What the admin is about to do; each makes new tokens. */
type Step = 'renew' | 'allow-editors' | 'forbid-editors';

export function AccessForm({ access }: { access: GrafanaAccess }) {
  const [url, setURL] = useState(access.url);
  const [asking, setAsking] = useState<Step>();
  const { revision, adopt } = useRevision(access.revision);
  const grant = useGrant();
  const give = (editors: boolean) =>
    grant.mutate(
      { revision, url: url.trim(), editors },
      { onSuccess: adopt, onError: (error) => isOutdated(error) && adopt() }
    );
  return (
    <>
      {grant.isError && (
        <Problem title={t('configuration.access-not-saved', 'The access was not set up')} error={grant.error} />
      )}
      <Field
        label={t('configuration.url', 'Grafana’s address')}
        description={t(
          'configuration.url-help',
          'As Grafana reaches itself, if its root URL does not work from its own machine, for example http://localhost:3000. Saved together with new tokens.'
        )}
        htmlFor="access-url"
        noMargin
      >
        <Input
          id="access-url"
          value={url}
          placeholder={access.app_url}
          onChange={(e) => setURL(e.currentTarget.value)}
        />
      </Field>
      <Granted
        title={t('configuration.calls', 'Contact points may call the app')}
        set={access.webhook_token}
        text={access.webhook_token ? callsNow() : callsOnceSet()}
      >
        {access.webhook_token ? (
          <Button variant="secondary" disabled={grant.isPending} onClick={() => setAsking('renew')}>
            <Trans i18nKey="configuration.renew">New token</Trans>
          </Button>
        ) : (
          <Button disabled={grant.isPending} icon={grant.isPending ? 'spinner' : undefined} onClick={() => give(false)}>
            <Trans i18nKey="configuration.set-up">Set up</Trans>
          </Button>
        )}
      </Granted>
      {access.webhook_token && !access.managed && (
        <Granted
          title={t('configuration.editors', 'Editors may change contact points and people')}
          set={access.settings_token}
          text={access.settings_token ? editorsNow() : editorsOnceSet()}
        >
          {access.settings_token ? (
            <Button variant="secondary" disabled={grant.isPending} onClick={() => setAsking('forbid-editors')}>
              <Trans i18nKey="configuration.forbid-editors">Take back</Trans>
            </Button>
          ) : (
            <Button variant="secondary" disabled={grant.isPending} onClick={() => setAsking('allow-editors')}>
              <Trans i18nKey="configuration.allow-editors">Let editors change them</Trans>
            </Button>
          )}
        </Granted>
      )}
      {asking && (
        <Confirm
          {...textsOf(asking)}
          harmless={asking !== 'forbid-editors'}
          onYes={() => give(asking === 'renew' ? access.settings_token : asking === 'allow-editors')}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
}

const callsNow = () =>
  t(
    'configuration.calls-now',
    'Calls come with a token of the service account {{name}}, which has the role Viewer: it may read dashboards and other things that viewers of this organisation read, and call apps. Grafana OSS has no smaller role that may call an app.',
    { name: webhookAccount, ...plain }
  );

const callsOnceSet = () =>
  t(
    'configuration.calls-body',
    'Makes the service account {{name}} with the role Viewer and a token. A Viewer may read dashboards and other things that viewers of this organisation read, and call apps. Grafana OSS has no smaller role that may call an app.',
    { name: webhookAccount, ...plain }
  );

const editorsNow = () =>
  t(
    'configuration.editors-now',
    'The app saves what editors change by the service account {{name}}, which has the role Admin: its token, kept encrypted among the app’s settings, may do everything in this organisation. Editors still cannot change accounts.',
    { name: settingsAccount, ...plain }
  );

const editorsOnceSet = () =>
  t(
    'configuration.editors-body',
    'Optional. Grafana OSS lets only admins save an app’s settings. With this, the app saves what editors change by the service account {{name}}, which has the role Admin: its token, kept encrypted among the app’s settings, may do everything in this organisation. Editors still cannot change accounts.',
    { name: settingsAccount, ...plain }
  );

interface GrantedProps {
  title: string;
  text: string;
  set: boolean;
  children: React.ReactNode;
}

function Granted({ title, text, set, children }: GrantedProps) {
  return (
    <Stack direction="column" gap={1} alignItems="flex-start" role="group" aria-label={title}>
      <Stack gap={1} alignItems="center" wrap="wrap">
        <Text weight="medium">{title}</Text>
        {set ? (
          <Badge color="green" icon="check" text={t('configuration.set', 'Set up')} />
        ) : (
          <Badge color="darkgrey" text={t('configuration.not-set', 'Not set up')} />
        )}
      </Stack>
      <Text variant="bodySmall" color="secondary">
        {text}
      </Text>
      {children}
    </Stack>
  );
}

function textsOf(step: Step): { title: string; body: string; yes: string } {
  switch (step) {
    case 'renew':
      return {
        title: t('configuration.renew-title', 'Make new tokens'),
        body: t(
          'configuration.renew-body',
          'New tokens are made and saved, with the address that is entered. Repair the contact points in Grafana afterwards, then delete the old tokens at the service account.'
        ),
        yes: t('configuration.renew-yes', 'Make new tokens'),
      };
    case 'allow-editors':
      return {
        title: t('configuration.allow-title', 'Let editors change contact points and people'),
        body: t(
          'configuration.allow-body',
          'A service account with the role Admin is made for the app, and the tokens are made anew, since they are stored together.'
        ),
        yes: t('configuration.allow-yes', 'Allow'),
      };
    case 'forbid-editors':
      return {
        title: t('configuration.forbid-title', 'Take back what editors may'),
        body: t(
          'configuration.forbid-body',
          'The app forgets the admin’s token, and the other one is made anew, since they are stored together. Delete the service account {{name}} afterwards.',
          { name: settingsAccount, ...plain }
        ),
        yes: t('configuration.forbid-yes', 'Take back'),
      };
  }
}
