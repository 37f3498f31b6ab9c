import React, { useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Button, EmptyState, FilterInput, Stack, Text, useStyles2 } from '@grafana/ui';
import { words } from '../api/language';
import type { Manifest } from '../api/types';
import { TypeLogo } from './TypeLogo';
import { matches } from './abilities';
import { AbilityBadges } from './AbilityBadges';

interface Props {
  types: Manifest[];
  /** How many accounts of a type there are. */
  accountsOf: (type: string) => number;
  onPick: (type: string) => void;
}

/** All types to choose from. */
export function TypeGallery({ types, accountsOf, onPick }: Props) {
  const styles = useStyles2(getStyles);
  const [search, setSearch] = useState('');
  const found = types.filter((type) => matches(type, search));
  return (
    <Stack direction="column" gap={2}>
      <FilterInput
        value={search}
        onChange={setSearch}
        escapeRegex={false}
        aria-label={t('type-gallery.search', 'Search types')}
        placeholder={t('type-gallery.search-hint', 'Search by name or what it does')}
      />
      {found.length === 0 ? (
        <EmptyState
          variant="not-found"
          role="alert"
          message={t('type-gallery.none', 'No type fits')}
          button={
            <Button variant="secondary" onClick={() => setSearch('')}>
              <Trans i18nKey="type-gallery.all">Show all types</Trans>
            </Button>
          }
        />
      ) : (
        <ul className={styles.grid} aria-label={t('type-gallery.types', 'Types')}>
          {found.map((type) => (
            <li key={type.type} className={styles.item}>
              <button type="button" className={styles.card} onClick={() => onPick(type.type)} aria-labelledby={`type-${type.type}`}>
                <Stack direction="column" gap={1}>
                  <Stack gap={1.5} alignItems="center">
                    <TypeLogo type={type} size={36} />
                    <Stack direction="column" gap={0}>
                      <span id={`type-${type.type}`} className={styles.title}>
                        {words(type.title)}
                      </span>
                      {accountsOf(type.type) > 0 && (
                        <Text variant="bodySmall" color="secondary">
                          <Trans i18nKey="type-gallery.accounts" count={accountsOf(type.type)}>
                            {'{{count}}'} accounts
                          </Trans>
                        </Text>
                      )}
                    </Stack>
                  </Stack>
                  <Text color="secondary" variant="bodySmall" element="p">
                    {words(type.summary)}
                  </Text>
                  <AbilityBadges type={type} />
                </Stack>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  grid: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(300px, 1fr))',
    gap: theme.spacing(2),
    listStyle: 'none',
    margin: 0,
    padding: 0,
  }),
  item: css({ display: 'flex' }),
  card: css({
    flexGrow: 1,
    display: 'flex',
    alignItems: 'flex-start',
    padding: theme.spacing(2),
    textAlign: 'left',
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    '&:hover': { background: theme.colors.emphasize(theme.colors.background.secondary, 0.03), borderColor: theme.colors.border.medium },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 2 },
  }),
  title: css({ fontWeight: theme.typography.fontWeightMedium, color: theme.colors.text.maxContrast }),
});
