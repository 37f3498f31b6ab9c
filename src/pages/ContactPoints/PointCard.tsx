import React from 'react';
import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Button, IconButton, Stack, Text, TextLink, Tooltip, useStyles2 } from '@grafana/ui';
import { plain, words } from '../../api/language';
import { hasRole } from '../../api/role';
import type { ContactPoint, LastDelivery, Manifest } from '../../api/types';
import { PageLinkButton } from '../../components/PageLinkButton';
import { StateBadge } from '../../components/StateBadge';
import { timeAgo } from '../../components/timeAgo';
import { TypeLogo } from '../../components/TypeLogo';
import { PLUGIN_BASE } from '../../constants';
import { LinkLine } from './grafana/LinkLine';

interface Props {
  point: ContactPoint;
  types: Manifest[];
  mayDelete: boolean;
  onTest: () => void;
  onDelete: () => void;
}

/** One contact point of the list. */
export function PointCard({ point, types, mayDelete, onTest, onDelete }: Props) {
  const styles = useStyles2(getStyles);
  const title = point.title || point.name;
  const editor = hasRole('Editor');
  const edit = `${PLUGIN_BASE}/contact-points/${encodeURIComponent(point.name)}/edit`;
  return (
    <article className={styles.card} aria-label={title}>
      <div className={styles.head}>
        <Stack gap={1.5} alignItems="center" wrap="wrap">
          <Stack direction="column" gap={0}>
            <Text element="h2" variant="h5">
              {editor ? (
                <TextLink href={edit} inline={false} color="primary" variant="h5">
                  {title}
                </TextLink>
              ) : (
                title
              )}
            </Text>
            {point.title && (
              <Text color="secondary" variant="bodySmall">
                {point.name}
              </Text>
            )}
          </Stack>
          <Logos types={types} />
        </Stack>
        {editor && (
          <Stack gap={1} alignItems="center">
            <Button
              variant="secondary"
              size="sm"
              icon="message"
              onClick={onTest}
              aria-label={t('contact-points.test-named', 'Test {{title}}', { ...plain, title })}
            >
              <Trans i18nKey="contact-points.test">Test</Trans>
            </Button>
            <PageLinkButton
              variant="secondary"
              size="sm"
              icon={mayDelete ? 'pen' : 'eye'}
              to={edit}
              aria-label={
                mayDelete
                  ? t('contact-points.edit-named', 'Edit {{title}}', { ...plain, title })
                  : t('contact-points.view-named', 'View {{title}}', { ...plain, title })
              }
            >
              {mayDelete ? (
                <Trans i18nKey="contact-points.edit">Edit</Trans>
              ) : (
                <Trans i18nKey="contact-points.view">View</Trans>
              )}
            </PageLinkButton>
            {mayDelete && (
              <IconButton
                name="trash-alt"
                size="lg"
                variant="destructive"
                tooltip={t('contact-points.delete-named', 'Delete {{title}}', { ...plain, title })}
                onClick={onDelete}
              />
            )}
          </Stack>
        )}
      </div>
      <div className={styles.facts}>
        <Last last={point.last} name={point.name} />
        {editor && <LinkLine name={point.name} />}
      </div>
    </article>
  );
}

/** How many logos there is room for. */
const shown = 8;

function Logos({ types }: { types: Manifest[] }) {
  const styles = useStyles2(getStyles);
  const more = types.slice(shown);
  return (
    <span className={styles.logos}>
      {types.slice(0, shown).map((type) => (
        <Tooltip key={type.type} content={words(type.title)}>
          <span className={styles.logo} role="img" aria-label={words(type.title)}>
            <TypeLogo type={type} size={24} />
          </span>
        </Tooltip>
      ))}
      {more.length > 0 && (
        <Tooltip content={more.map((type) => words(type.title)).join(', ')}>
          <span>
            <Text color="secondary" variant="bodySmall">
              +{more.length}
            </Text>
          </span>
        </Tooltip>
      )}
    </span>
  );
}

function Last({ last, name }: { last: LastDelivery | undefined; name: string }) {
  if (!last) {
    return (
      <Text color="secondary">
        <Trans i18nKey="contact-points.no-delivery">Nothing sent yet</Trans>
      </Text>
    );
  }
  return (
    <Stack gap={1} alignItems="center" wrap="wrap">
      <StateBadge state={last.state} />
      <Tooltip content={dateTimeFormat(last.at)}>
        <span>{timeAgo(last.at)}</span>
      </Tooltip>
      <TextLink href={`${PLUGIN_BASE}/notifications?contact_point=${encodeURIComponent(name)}`}>
        {t('contact-points.notifications', 'Notifications')}
      </TextLink>
    </Stack>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
  }),
  head: css({
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    alignItems: 'center',
    gap: theme.spacing(1, 2),
    padding: theme.spacing(1.5, 2),
  }),
  logos: css({ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(0.5) }),
  logo: css({ display: 'inline-flex' }),
  facts: css({
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: theme.spacing(1, 3),
    padding: theme.spacing(1, 2),
    borderTop: `1px solid ${theme.colors.border.weak}`,
    background: theme.colors.background.primary,
    borderRadius: `0 0 ${theme.shape.radius.default} ${theme.shape.radius.default}`,
  }),
});
