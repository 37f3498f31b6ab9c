import React from 'react';
import { Badge, Stack } from '@grafana/ui';
import type { Manifest } from '../api/types';
import { abilitiesOf } from './abilities';

export function AbilityBadges({ type }: { type: Manifest }) {
  return (
    <Stack gap={0.5} wrap="wrap">
      {abilitiesOf(type).map(({ key, ...badge }) => (
        <Badge key={key} {...badge} />
      ))}
    </Stack>
  );
}
