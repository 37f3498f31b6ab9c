import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Button, ClipboardButton, Stack, Text } from '@grafana/ui';
import { useChange, type ChangeResult } from '../../../api/changes';
import { Confirm } from '../../../components/Confirm';
import { Problem } from '../../../components/Problem';

interface Props {
  name: string;
  revision: string;
  signed: boolean;
}

/** Makes a new HMAC secret, and shows it this once. */
export function NewSecret({ name, revision, signed }: Props) {
  const [asking, setAsking] = useState(false);
  const change = useChange();
  const made: ChangeResult | undefined = change.data;
  const make = () => change.mutate({ kind: 'new-secret', revision, name });
  return (
    <Stack direction="column" gap={1} alignItems="flex-start">
      <Text color="secondary" element="p">
        <Trans i18nKey="contact-points.secret.what">
          Grafana signs with the HMAC secret, and alerts without a right signature are refused. A stored secret is never
          shown: for the manual way make a new one. The old one stays valid until the next.
        </Trans>
      </Text>
      <Button
        variant="secondary"
        icon="key-skeleton-alt"
        disabled={change.isPending}
        onClick={() => (signed ? setAsking(true) : make())}
      >
        <Trans i18nKey="contact-points.secret.new">New HMAC secret</Trans>
      </Button>
      {change.isError && (
        <Problem title={t('contact-points.secret.failed', 'No new secret was made')} error={change.error} />
      )}
      {made?.hmacSecret && <Made secret={made.hmacSecret} />}
      {asking && (
        <Confirm
          harmless
          title={t('contact-points.secret.title', 'New HMAC secret')}
          body={t(
            'contact-points.secret.sure',
            'Grafana’s contact point then differs, until it is put right or the new secret is entered there. The present secret stays valid meanwhile; the one before it does not.'
          )}
          yes={t('contact-points.secret.confirm', 'Make a new one')}
          onYes={make}
          onClose={() => setAsking(false)}
        />
      )}
    </Stack>
  );
}

/** Makes the secret of a contact point that was written by hand and has none, without which Grafana could not call it. */
export function FirstSecret({ name, revision, signed, adminsOnly }: Props & { adminsOnly?: boolean }) {
  const change = useChange();
  if (change.data?.hmacSecret) {
    return <Made secret={change.data.hmacSecret} />;
  }
  if (signed) {
    return null;
  }
  return (
    <Alert
      severity="info"
      bottomSpacing={0}
      title={t('contact-points.secret.none', 'It has no HMAC secret yet')}
    >
      <Stack direction="column" gap={1} alignItems="flex-start">
        <Text element="p">
          <Trans i18nKey="contact-points.secret.first-why">
            Grafana signs with it, and alerts without a right signature are refused. Make it first, then Grafana’s side can
            be looked at.
          </Trans>
        </Text>
        {adminsOnly ? (
          <Text element="p">
            <Trans i18nKey="contact-points.secret.admins">An admin has to make it.</Trans>
          </Text>
        ) : (
          <Button
            icon={change.isPending ? 'spinner' : 'key-skeleton-alt'}
            disabled={change.isPending}
            onClick={() => change.mutate({ kind: 'new-secret', revision, name })}
          >
            <Trans i18nKey="contact-points.secret.make-first">Make the HMAC secret</Trans>
          </Button>
        )}
        {change.isError && (
          <Problem title={t('contact-points.secret.failed', 'No new secret was made')} error={change.error} />
        )}
      </Stack>
    </Alert>
  );
}

function Made({ secret }: { secret: string }) {
  return (
    <Alert
      severity="success"
      bottomSpacing={0}
      title={t('contact-points.secret.made', 'The new secret, shown this once')}
    >
      <Stack gap={1} alignItems="center" wrap="wrap">
        <code>{secret}</code>
        <ClipboardButton variant="secondary" size="sm" icon="copy" getText={() => secret}>
          <Trans i18nKey="contact-points.secret.copy">Copy secret</Trans>
        </ClipboardButton>
      </Stack>
    </Alert>
  );
}
