import { t } from '@grafana/i18n';
import { severities, type Severity } from '../api/types';

export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'critical':
      return t('severity.critical', 'Critical');
    case 'high':
      return t('severity.high', 'High');
    case 'warning':
      return t('severity.warning', 'Warning');
    case 'info':
      return t('severity.info', 'Info');
    case 'none':
      return t('severity.none', 'None');
  }
}

export function severityOptions(): Array<{ label: string; value: Severity }> {
  return severities.map((severity) => ({ label: severityWord(severity), value: severity }));
}
