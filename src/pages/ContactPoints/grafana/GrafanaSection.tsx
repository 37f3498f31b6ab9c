import React, { useId, useState, type FormEvent } from 'react';
import { t, Trans } from '@grafana/i18n';
import {
  Alert,
  Box,
  Button,
  Dropdown,
  Field,
  Input,
  LoadingPlaceholder,
  Menu,
  Stack,
  Text,
  TextLink,
} from '@grafana/ui';
import { useLink, useLinkState, type LinkState } from '../../../api/grafana';
import { messageOf, RequestError } from '../../../api/request';
import { hasRole } from '../../../api/role';
import type { ContactPoint } from '../../../api/types';
import { Problem } from '../../../components/Problem';
import { PLUGIN_ID } from '../../../constants';
import { LinkBadge, Uses } from './LinkLine';
import { differenceWord } from './differenceWord';
import { ManualWay } from './ManualWay';
import { FirstSecret } from './NewSecret';

interface Props {
  point: ContactPoint;
  revision: string;
  /** Whether editors may change nothing. */
  adminsOnly?: boolean;
}

/** Grafana's side of a contact point: whether it is there and right, and how to make it so. */
export function GrafanaSection({ point, revision, adminsOnly }: Props) {
  const headingId = useId();
  const link = useLinkState(point.name, point.signed);
  return (
    <Box
      element="section"
      aria-labelledby={headingId}
      padding={2}
      borderStyle="solid"
      borderColor="weak"
      borderRadius="default"
    >
      <Stack direction="column" gap={2}>
        <Stack gap={1} alignItems="center">
          <Text element="h2" variant="h4" id={headingId}>
            <Trans i18nKey="contact-points.grafana.title">Grafana</Trans>
          </Text>
          {link.data && <LinkBadge state={link.data.state} />}
        </Stack>
        <FirstSecret name={point.name} revision={revision} signed={point.signed} adminsOnly={adminsOnly} />
        {point.signed && link.isPending && <LoadingPlaceholder text={t('contact-points.grafana.asking', 'Asking Grafana…')} />}
        {point.signed && link.isError && (
          <NotTold
            error={link.error}
            title={t('contact-points.grafana.not-asked', 'Grafana could not be asked')}
            onRetry={() => link.refetch()}
          />
        )}
        {point.signed && link.data && <Linked point={point} link={link.data} onLook={() => link.refetch()} />}
        <ManualWay point={point} revision={revision} />
      </Stack>
    </Box>
  );
}

interface NotToldProps {
  title: string;
  error: Error;
  onRetry?: () => void;
}

/** A failure; or, where it is only that no access was set up yet, the way to the Configuration page. */
function NotTold({ title, error, onRetry }: NotToldProps) {
  if (!(error instanceof RequestError) || error.code !== 'no_access') {
    return <Problem title={title} error={error} onRetry={onRetry} />;
  }
  return (
    <Alert
      severity="info"
      bottomSpacing={0}
      title={t('contact-points.grafana.no-access', 'The access to Grafana is to be set up first')}
    >
      <Stack direction="column" gap={1} alignItems="flex-start">
        <span>{messageOf(error)}</span>
        {hasRole('Admin') && (
          <TextLink href={`/plugins/${PLUGIN_ID}`} inline={false}>
            {t('contact-points.grafana.configure', 'Configure the access to Grafana')}
          </TextLink>
        )}
      </Stack>
    </Alert>
  );
}

interface LinkedProps {
  point: ContactPoint;
  link: LinkState;
  onLook: () => void;
}

function Linked({ point, link: { state, path }, onLook }: LinkedProps) {
  const write = useLink();
  const again = (force: boolean) => write.mutate({ name: point.name, force });
  return (
    <Stack direction="column" gap={2}>
      {!state.exists && (
        <Create
          point={point}
          pending={write.isPending}
          onCreate={(title) => write.mutate({ name: point.name, title })}
        />
      )}
      {state.exists && (
        <Stack gap={1} alignItems="center" wrap="wrap">
          {state.title && <Text weight="medium">{state.title}</Text>}
          <Text color="secondary">
            <Uses state={state} />
          </Text>
          <TextLink href="/alerting/routes">{t('contact-points.grafana.policies', 'Notification policies')}</TextLink>
          {path && <TextLink href={path}>{t('contact-points.grafana.page', 'Contact point in Grafana')}</TextLink>}
        </Stack>
      )}
      {state.exists && state.differences.length > 0 && (
        <Alert
          severity="warning"
          bottomSpacing={0}
          title={t('contact-points.grafana.not-right', 'Not as it should be in Grafana')}
        >
          <ul>
            {state.differences.map((d) => (
              <li key={d}>{differenceWord(d)}</li>
            ))}
          </ul>
        </Alert>
      )}
      {state.exists && state.provenance && (
        <Text color="secondary">
          <Trans i18nKey="contact-points.grafana.wall" values={{ provenance: state.provenance }}>
            It was provisioned in Grafana ({'{{provenance}}'}), so it can be changed only where it comes from. Enter
            there what the manual way below says.
          </Trans>
        </Text>
      )}
      {write.data?.state.written && (
        <Alert severity="success" bottomSpacing={0} title={t('contact-points.grafana.written', 'Written to Grafana')}>
          <Trans i18nKey="contact-points.grafana.within">It acts within a minute.</Trans>
        </Alert>
      )}
      {write.isError && (
        <NotTold title={t('contact-points.grafana.not-written', 'Grafana was not changed')} error={write.error} />
      )}
      {state.exists && (
        <Stack gap={1}>
          {state.differences.length > 0 && !state.provenance && (
            <Button disabled={write.isPending} onClick={() => again(false)}>
              <Trans i18nKey="contact-points.grafana.put-right">Put right</Trans>
            </Button>
          )}
          <Dropdown
            overlay={
              <Menu>
                <Menu.Item icon="sync" label={t('contact-points.grafana.look', 'Compare again')} onClick={onLook} />
                {!state.provenance && (
                  <Menu.Item
                    icon="key-skeleton-alt"
                    label={t('contact-points.grafana.force', 'Write secrets again')}
                    description={t(
                      'contact-points.grafana.force-why',
                      'If Grafana’s notifications are refused although all looks right'
                    )}
                    onClick={() => again(true)}
                  />
                )}
              </Menu>
            }
          >
            <Button
              variant="secondary"
              icon="ellipsis-v"
              disabled={write.isPending}
              aria-label={t('contact-points.grafana.more', 'More for Grafana')}
            />
          </Dropdown>
        </Stack>
      )}
    </Stack>
  );
}

interface CreateProps {
  point: ContactPoint;
  pending: boolean;
  onCreate: (title: string) => void;
}

function Create({ point, pending, onCreate }: CreateProps) {
  const id = useId();
  const [title, setTitle] = useState(`${point.title || point.name} (Yunluo)`);
  const create = (e: FormEvent) => {
    e.preventDefault();
    onCreate(title.trim());
  };
  return (
    <form onSubmit={create}>
      <Stack direction="column" gap={2} alignItems="flex-start">
        <Text color="secondary">
          <Trans i18nKey="contact-points.grafana.what">
            Notification policies send to contact points of Grafana. This makes one there that hands its alerts to this
            contact point, with your login.
          </Trans>
        </Text>
        <Stack gap={1} alignItems="flex-end" wrap="wrap">
          <Field label={t('contact-points.grafana.its-title', 'Name in Grafana')} htmlFor={id} noMargin>
            <Input id={id} width={50} value={title} onChange={(e) => setTitle(e.currentTarget.value)} />
          </Field>
          <Button type="submit" disabled={pending || title.trim() === ''} icon={pending ? 'spinner' : 'plus'}>
            <Trans i18nKey="contact-points.grafana.create">Create in Grafana</Trans>
          </Button>
        </Stack>
      </Stack>
    </form>
  );
}
