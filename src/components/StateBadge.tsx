import React from 'react';
import { t } from '@grafana/i18n';
import { Badge, type BadgeColor, type IconName } from '@grafana/ui';
import type { DeliveryState } from '../api/types';

const looks: Record<DeliveryState, { color: BadgeColor; icon: IconName }> = {
  waiting: { color: 'blue', icon: 'clock-nine' },
  delivered: { color: 'green', icon: 'check' },
  failed: { color: 'red', icon: 'times' },
  unknown: { color: 'orange', icon: 'question-circle' },
  superseded: { color: 'darkgrey', icon: 'arrow-right' },
};

/** The word for a state of a delivery. */
export function wordOf(state: DeliveryState): string {
  switch (state) {
    case 'waiting':
      return t('state.waiting', 'Waiting');
    case 'delivered':
      return t('state.delivered', 'Delivered');
    case 'failed':
      return t('state.failed', 'Failed');
    case 'unknown':
      return t('state.unknown', 'Unknown');
    case 'superseded':
      return t('state.superseded', 'Superseded');
  }
}

export function StateBadge({ state }: { state: DeliveryState }) {
  return <Badge color={looks[state].color} icon={looks[state].icon} text={wordOf(state)} />;
}
