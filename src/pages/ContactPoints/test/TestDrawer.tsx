import React, { useId, useState, type FormEvent } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Alert, Box, Button, Combobox, Drawer, Field, Input, Stack, Text, TextLink } from '@grafana/ui';
import { plain, words } from '../../../api/language';
import { useAccounts, usePeople } from '../../../api/queries';
import type { Severity, TestedDelivery, TestResult } from '../../../api/types';
import { useTest } from '../../../api/workbench';
import { Problem } from '../../../components/Problem';
import { StateBadge, wordOf } from '../../../components/StateBadge';
import { PLUGIN_BASE } from '../../../constants';
import { targetWord } from '../../../components/target';
import { severityOptions } from '../../../components/severityWord';
import { useReturnFocus } from '../../../components/useReturnFocus';

interface Props {
  name: string;
  title?: string;
  onClose: () => void;
}

/** Sends a test message, and says what became of it. */
export function TestDrawer({ name, title, onClose }: Props) {
  const severityId = useId();
  const textId = useId();
  const [severity, setSeverity] = useState<Severity>('warning');
  const [text, setText] = useState('');
  const test = useTest();
  useReturnFocus();
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (test.isPending) {
      // A button that was disabled would lose the focus, and the drawer with it Escape.
      return;
    }
    test.mutate({ contact_point: name, severity, text: text.trim() || undefined });
  };
  return (
    <Drawer
      size="md"
      title={t('contact-points.testing.title', 'Test {{title}}', { ...plain, title: title || name })}
      subtitle={t(
        'contact-points.testing.subtitle',
        'Sends a message marked as a test the way a real alert goes, by the saved settings. People are really notified.'
      )}
      onClose={onClose}
    >
      <Stack direction="column" gap={3}>
        <form onSubmit={send}>
          <Stack direction="column" gap={2}>
            <Field label={t('contact-points.testing.severity', 'Severity')} htmlFor={severityId} noMargin>
              <Combobox
                id={severityId}
                width={24}
                options={severityOptions()}
                value={severity}
                onChange={(option) => setSeverity(option.value)}
              />
            </Field>
            <Field label={t('contact-points.testing.text', 'Text')} htmlFor={textId} noMargin>
              <Input
                id={textId}
                value={text}
                placeholder={t('contact-points.testing.text-hint', 'Optional')}
                onChange={(e) => setText(e.currentTarget.value)}
              />
            </Field>
            <div>
              <Button type="submit" aria-disabled={test.isPending} icon={test.isPending ? 'spinner' : 'message'}>
                {test.isPending ? (
                  <Trans i18nKey="contact-points.testing.sending">Sending…</Trans>
                ) : (
                  <Trans i18nKey="contact-points.testing.send">Send test</Trans>
                )}
              </Button>
            </div>
          </Stack>
        </form>
        <div aria-live="polite">
          {test.isError && (
            <Problem title={t('contact-points.testing.failed', 'The test was not sent')} error={test.error} />
          )}
          {test.data && !test.isPending && <Result result={test.data} />}
        </div>
      </Stack>
    </Drawer>
  );
}

function Result({ result }: { result: TestResult }) {
  const accounts = useAccounts().data?.accounts;
  return (
    <Stack direction="column" gap={2}>
      <Stack gap={1} alignItems="center">
        <Text element="h3" variant="h5">
          <Trans i18nKey="contact-points.testing.result">Result</Trans>
        </Text>
        <StateBadge state={result.state} />
      </Stack>
      {result.state === 'delivered' && result.deliveries.some((d) => d.state === 'failed') && (
        <Alert
          severity="warning"
          bottomSpacing={0}
          title={t('contact-points.testing.partly', 'Somebody was reached, but not every way works')}
        />
      )}
      {result.duplicate && (
        <Alert
          severity="info"
          bottomSpacing={0}
          title={t(
            'contact-points.testing.duplicate',
            'The same test was sent a moment ago, so nothing was sent again'
          )}
        />
      )}
      {result.notes.map((note, i) => (
        <Text key={i} color="secondary">
          {words(note)}
        </Text>
      ))}
      {result.deliveries.length === 0 && (
        <Text color="secondary">
          <Trans i18nKey="contact-points.testing.nothing">Nothing was sent: no entry takes this severity.</Trans>
        </Text>
      )}
      {result.deliveries.map((delivery) => (
        <Tested
          key={delivery.id}
          delivery={delivery}
          account={accounts?.find((a) => a.name === delivery.account)?.title || delivery.account}
        />
      ))}
    </Stack>
  );
}

function Tested({ delivery, account }: { delivery: TestedDelivery; account: string }) {
  const people = usePeople().data?.people ?? [];
  const way = delivery.target ? `${account} → ${targetWord(delivery.target, people)}` : account;
  const label = `${way}: ${wordOf(delivery.state)}`;
  const said = [delivery.code, delivery.text].filter((s) => s !== undefined && s !== '').join(' ');
  return (
    <Box role="group" aria-label={label} padding={2} borderStyle="solid" borderColor="weak" borderRadius="default">
      <Stack direction="column" gap={1}>
        <Stack gap={1} alignItems="center" justifyContent="space-between" wrap="wrap">
          <Text weight="medium">{way}</Text>
          <StateBadge state={delivery.state} />
        </Stack>
        {said && (
          <Text color="secondary" variant="bodySmall">
            {t('contact-points.testing.provider-said', 'The provider said: {{said}}', { ...plain, said })}
          </Text>
        )}
        {words(delivery.hint) && <Text>{words(delivery.hint)}</Text>}
        <TextLink
          href={`${PLUGIN_BASE}/notifications/${encodeURIComponent(delivery.id)}`}
          inline={false}
          variant="bodySmall"
        >
          {t('contact-points.testing.delivery', 'The whole delivery')}
        </TextLink>
      </Stack>
    </Box>
  );
}
