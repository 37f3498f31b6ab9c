import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { Confirm } from '../../components/Confirm';
import { Problem } from '../../components/Problem';
import { hasRole } from '../../api/role';
import type { Delivery } from '../../api/types';
import { useResend } from '../../api/workbench';

/** Sends again what failed. What may have arrived is sent again only by somebody who knows that. */
export function Resend({ delivery }: { delivery: Delivery }) {
  const [asking, setAsking] = useState(false);
  const resend = useResend();
  if ((delivery.state !== 'failed' && delivery.state !== 'unknown') || !hasRole('Editor')) {
    return null;
  }
  const send = () => resend.mutate(delivery.id);
  return (
    <>
      {resend.isError && (
        <Problem title={t('notifications.resend.failed', 'It could not be sent again')} error={resend.error} />
      )}
      <div>
        <Button
          icon="sync"
          variant="secondary"
          disabled={resend.isPending}
          onClick={delivery.state === 'unknown' ? () => setAsking(true) : send}
        >
          <Trans i18nKey="notifications.resend.action">Send again</Trans>
        </Button>
      </div>
      {asking && (
        <Confirm
          harmless
          title={t('notifications.resend.title', 'Send again?')}
          body={t(
            'notifications.resend.twice',
            'The provider did not say whether it took this delivery. If it did, the people addressed are told twice.'
          )}
          yes={t('notifications.resend.action', 'Send again')}
          onYes={send}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
