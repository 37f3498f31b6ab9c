import React from 'react';
import { t, Trans } from '@grafana/i18n';
import { Button, Card, EmptyState, Stack, Text } from '@grafana/ui';
import { words } from '../../../api/language';
import { hasRole } from '../../../api/role';
import type { Account, Manifest } from '../../../api/types';
import { PageLinkButton } from '../../../components/PageLinkButton';
import { TypeLogo } from '../../../components/TypeLogo';
import { PLUGIN_BASE } from '../../../constants';
import { AbilityBadges } from '../../../components/AbilityBadges';

interface Props {
  type: Manifest;
  accounts: Account[];
  onPick: (account: string) => void;
  onBack: () => void;
}

/** The accounts of a type that a contact point may send by. */
export function AccountChoice({ type, accounts, onPick, onBack }: Props) {
  const admin = hasRole('Admin');
  const make = admin ? (
    <PageLinkButton
      icon="plus"
      variant={accounts.length > 0 ? 'secondary' : 'primary'}
      to={`${PLUGIN_BASE}/accounts/new?type=${encodeURIComponent(type.type)}&then=contact-point`}
    >
      <Trans i18nKey="contact-points.account.new">New account</Trans>
    </PageLinkButton>
  ) : undefined;
  return (
    <Stack direction="column" gap={2}>
      <Stack gap={1.5} alignItems="center">
        <TypeLogo type={type} size={40} />
        <Stack direction="column" gap={0.5}>
          <Text element="h2" variant="h4">
            {words(type.title)}
          </Text>
          <AbilityBadges type={type} />
        </Stack>
      </Stack>
      <Text color="secondary" element="p">
        {words(type.summary)}
      </Text>
      {accounts.length === 0 ? (
        <EmptyState
          variant="call-to-action"
          message={t('contact-points.account.none', 'There is no account of this type yet')}
          button={make}
        >
          {admin ? (
            <Trans i18nKey="contact-points.account.none-admin">
              An account holds the credentials. Make one; after that you come back here.
            </Trans>
          ) : (
            <Trans i18nKey="contact-points.account.none-editor">
              An account holds the credentials, and an admin has to make it.
            </Trans>
          )}
        </EmptyState>
      ) : (
        <Stack direction="column" gap={1}>
          <Text element="h3" variant="h5">
            <Trans i18nKey="contact-points.account.which">By which account?</Trans>
          </Text>
          {accounts.map((account) => (
            <Card key={account.name} noMargin onClick={() => onPick(account.name)}>
              <Card.Heading>{account.title || account.name}</Card.Heading>
              <Card.Meta>{account.name}</Card.Meta>
              <Card.Figure>
                <TypeLogo type={type} />
              </Card.Figure>
            </Card>
          ))}
          <div>{make}</div>
        </Stack>
      )}
      <div>
        <Button variant="secondary" fill="text" icon="arrow-left" onClick={onBack}>
          <Trans i18nKey="contact-points.account.back">Another type</Trans>
        </Button>
      </div>
    </Stack>
  );
}
