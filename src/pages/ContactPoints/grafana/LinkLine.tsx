import React, { useRef } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Badge, Stack, Text, TextLink, Tooltip } from '@grafana/ui';
import { useLinkState } from '../../../api/grafana';
import { messageOf } from '../../../api/request';
import type { Linked } from '../../../api/types';
import { useSeen } from './useSeen';

/** What Grafana has of a contact point, asked once it is looked at, since that takes several requests. */
export function LinkLine({ name }: { name: string }) {
  const ref = useRef<HTMLDivElement>(null);
  const seen = useSeen(ref);
  const link = useLinkState(name, seen);
  return <div ref={ref}>{line(link.data?.state, link.error)}</div>;
}

function line(state: Linked | undefined, error: Error | null) {
  if (state) {
    return (
      <Stack gap={1} alignItems="center" wrap="wrap">
        <LinkBadge state={state} />
        {state.exists && (
          <TextLink href={onlyRules(state) ? '/alerting/list' : '/alerting/routes'} color="secondary" inline={false}>
            <Uses state={state} />
          </TextLink>
        )}
      </Stack>
    );
  }
  if (error) {
    return (
      <Tooltip content={messageOf(error)}>
        <span>
          <Text color="secondary">{t('contact-points.grafana.not-told', 'State in Grafana not known')}</Text>
        </span>
      </Tooltip>
    );
  }
  return <Text color="secondary">{t('contact-points.grafana.asking', 'Asking Grafana…')}</Text>;
}

function onlyRules({ routes, rules }: Linked): boolean {
  return routes === 0 && rules > 0;
}

/** Which notification policies and alert rules send to Grafana's contact point. */
export function Uses({ state: { routes, rules } }: { state: Linked }) {
  if (routes === 0 && rules === 0) {
    return <Trans i18nKey="contact-points.grafana.no-uses">No notification policy uses it yet</Trans>;
  }
  return (
    <>
      {routes > 0 && (
        <Trans i18nKey="contact-points.grafana.routes" count={routes}>
          Used by {'{{count}}'} notification policies
        </Trans>
      )}
      {routes > 0 && rules > 0 && ' · '}
      {rules > 0 && (
        <Trans i18nKey="contact-points.grafana.rules" count={rules}>
          Used by {'{{count}}'} alert rules
        </Trans>
      )}
    </>
  );
}

/** How Grafana's contact point is, in a word. */
export function LinkBadge({ state }: { state: Linked }) {
  if (!state.exists) {
    return (
      <Badge color="darkgrey" icon="minus-circle" text={t('contact-points.grafana.none', 'Not created in Grafana')} />
    );
  }
  if (state.differences.length > 0) {
    return (
      <Badge
        color="orange"
        icon="exclamation-triangle"
        text={t('contact-points.grafana.differs', 'Differs in Grafana')}
      />
    );
  }
  if (state.provenance) {
    return <Badge color="blue" icon="lock" text={t('contact-points.grafana.provisioned', 'Provisioned in Grafana')} />;
  }
  return <Badge color="green" icon="check" text={t('contact-points.grafana.created', 'Created in Grafana')} />;
}
