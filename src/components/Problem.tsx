import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Button, Stack } from '@grafana/ui';
import { messageOf, RequestError } from '../api/request';
import { Faults } from './Faults';

interface Props {
  /** What could not be done. */
  title: string;
  error: unknown;
  onRetry?: () => void;
}

/** Says what went wrong, with every fault that the backend found. */
export function Problem({ title, error, onRetry }: Props) {
  const faults = error instanceof RequestError ? error.faults : [];
  return (
    <Alert severity="error" title={title}>
      <Stack direction="column" gap={1} alignItems="flex-start">
        {faults.length > 0 ? <Faults faults={faults} /> : <span>{messageOf(error)}</span>}
        {onRetry && (
          <Button size="sm" variant="secondary" onClick={onRetry} aria-label={t('problem.retry-label', 'Try again')}>
            <Trans i18nKey="problem.retry">Try again</Trans>
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
