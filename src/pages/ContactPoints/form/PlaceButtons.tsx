import React from 'react';
import { t } from '@grafana/i18n';
import { plain } from '../../../api/language';
import { IconButton, Stack } from '@grafana/ui';

interface Props {
  /** What is moved or removed, in words. */
  what: string;
  place: number;
  count: number;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

/** Moves one of several up and down, or takes it out; the last one stays. */
export function PlaceButtons({ what, place, count, onMove, onRemove }: Props) {
  if (count < 2) {
    return null;
  }
  return (
    <Stack gap={0.5}>
      <IconButton
        name="arrow-up"
        tooltip={t('contact-points.place.up', 'Move up: {{what}}', { ...plain, what })}
        disabled={place === 0}
        onClick={() => onMove(-1)}
      />
      <IconButton
        name="arrow-down"
        tooltip={t('contact-points.place.down', 'Move down: {{what}}', { ...plain, what })}
        disabled={place === count - 1}
        onClick={() => onMove(1)}
      />
      <IconButton
        name="trash-alt"
        variant="destructive"
        tooltip={t('contact-points.place.remove', 'Remove: {{what}}', { ...plain, what })}
        onClick={onRemove}
      />
    </Stack>
  );
}
