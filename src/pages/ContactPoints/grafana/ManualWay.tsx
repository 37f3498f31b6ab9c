import React, { useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { plain } from '../../../api/language';
import { ClipboardButton, Collapse, LoadingPlaceholder, RadioButtonGroup, Stack, Text, useStyles2 } from '@grafana/ui';
import { useManual } from '../../../api/queries';
import type { ContactPoint, Manual } from '../../../api/types';
import { Problem } from '../../../components/Problem';
import { NewSecret } from './NewSecret';

interface Props {
  point: ContactPoint;
  revision: string;
}

/** What to enter for those who keep Grafana's contact points in files or Terraform. */
export function ManualWay({ point, revision }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Collapse label={t('contact-points.manual.title', 'Manual')} isOpen={open} onToggle={setOpen}>
      {open && <Values point={point} revision={revision} />}
    </Collapse>
  );
}

function Values({ point, revision }: Props) {
  const manual = useManual(point.name);
  if (manual.isPending) {
    return <LoadingPlaceholder text={t('contact-points.manual.loading', 'Loading…')} />;
  }
  if (!manual.data) {
    return (
      <Problem
        title={t('contact-points.manual.failed', 'The values could not be loaded')}
        error={manual.error}
        onRetry={() => manual.refetch()}
      />
    );
  }
  return (
    <Stack direction="column" gap={2}>
      <Text color="secondary" element="p">
        <Trans i18nKey="contact-points.manual.what">
          For contact points of Grafana that come from files or Terraform: make one of the type Webhook with these
          values. The token is one of a service account with the role Viewer.
        </Trans>
      </Text>
      <Table manual={manual.data} />
      <NewSecret name={point.name} revision={revision} signed={point.signed} />
      <Code manual={manual.data} />
    </Stack>
  );
}

function Table({ manual }: { manual: Manual }) {
  const styles = useStyles2(getStyles);
  const rows = [
    { what: t('contact-points.manual.url', 'URL'), value: manual.url },
    { what: t('contact-points.manual.method', 'HTTP method'), value: manual.method },
    { what: t('contact-points.manual.scheme', 'Authorization scheme'), value: manual.authorization_scheme },
    { what: t('contact-points.manual.signature', 'HMAC signature header'), value: manual.signature_header },
    { what: t('contact-points.manual.timestamp', 'HMAC timestamp header'), value: manual.timestamp_header },
    { what: t('contact-points.manual.max-alerts', 'Max alerts'), value: String(manual.max_alerts) },
  ];
  return (
    <table className={styles.table}>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t('contact-points.manual.setting', 'Setting')}</th>
          <th scope="col">{t('contact-points.manual.value', 'Value')}</th>
          <th scope="col">{t('contact-points.manual.copying', 'Copy')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ what, value }) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>
              <code>{value}</code>
            </td>
            <td>
              <ClipboardButton
                size="sm"
                variant="secondary"
                icon="copy"
                aria-label={t('contact-points.manual.copy-named', 'Copy: {{what}}', { ...plain, what })}
                getText={() => value}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Form = 'yaml' | 'terraform';

function Code({ manual }: { manual: Manual }) {
  const styles = useStyles2(getStyles);
  const [form, setForm] = useState<Form>('yaml');
  const text = manual[form];
  return (
    <Stack direction="column" gap={1}>
      <Stack gap={1} justifyContent="space-between" wrap="wrap">
        <RadioButtonGroup<Form>
          aria-label={t('contact-points.manual.form', 'Form')}
          options={[
            { value: 'yaml', label: t('contact-points.manual.yaml', 'Provisioning file') },
            { value: 'terraform', label: t('contact-points.manual.terraform', 'Terraform') },
          ]}
          value={form}
          onChange={setForm}
        />
        <ClipboardButton variant="secondary" icon="copy" getText={() => text}>
          <Trans i18nKey="contact-points.manual.copy">Copy</Trans>
        </ClipboardButton>
      </Stack>
      <pre
        className={styles.code}
        tabIndex={0}
        aria-label={t('contact-points.manual.code', 'Configuration of Grafana')}
      >
        {text}
      </pre>
    </Stack>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    '& th': { textAlign: 'left', fontWeight: theme.typography.fontWeightMedium, whiteSpace: 'nowrap' },
    '& th, & td': { padding: theme.spacing(0.5, 2, 0.5, 0), verticalAlign: 'middle' },
    '& td': { overflowWrap: 'anywhere' },
  }),
  code: css({ margin: 0, maxHeight: 360, overflow: 'auto' }),
});
