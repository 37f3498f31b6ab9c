import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Icon, Stack, Text } from '@grafana/ui';
import { words } from '../api/language';
import type { Check } from '../api/types';

interface Props {
  checks: Check[];
  /** What was checked, for those who hear the list. */
  label: string;
}

/** What a test of an account found, each with what to do about it. */
export function Checks({ checks, label }: Props) {
  if (checks.length === 0) {
    return (
      <Text color="secondary">
        <Trans i18nKey="checks.none">
          This type has nothing that can be checked without sending a message. Send a test of a contact point instead.
        </Trans>
      </Text>
    );
  }
  return (
    <Stack direction="column" gap={1} role="list" aria-label={label}>
      {checks.map((check, i) => (
        <Stack key={i} gap={1} alignItems="flex-start" role="listitem">
          {check.ok ? (
            <Text color="success">
              <Icon name="check-circle" title={t('checks.ok', 'OK')} />
            </Text>
          ) : (
            <Text color="error">
              <Icon name="exclamation-circle" title={t('checks.failed', 'Failed')} />
            </Text>
          )}
          <Stack direction="column" gap={0.25}>
            <Text>{words(check.name)}</Text>
            {check.detail && (
              <Text variant="bodySmall" color="secondary">
                {check.detail}
              </Text>
            )}
            {words(check.hint) && <Text variant="bodySmall">{words(check.hint)}</Text>}
          </Stack>
        </Stack>
      ))}
    </Stack>
  );
}
