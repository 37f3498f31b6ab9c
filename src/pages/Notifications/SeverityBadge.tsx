import React from 'react';
import { Badge, type BadgeColor } from '@grafana/ui';
import type { Severity } from '../../api/types';
import { severityWord } from '../../components/severityWord';

const colors: Record<Severity, BadgeColor> = {
  critical: 'red',
  high: 'orange',
  warning: 'orange',
  info: 'blue',
  none: 'darkgrey',
};

export function SeverityBadge({ severity }: { severity: Severity }) {
  return <Badge color={colors[severity]} text={severityWord(severity)} />;
}
