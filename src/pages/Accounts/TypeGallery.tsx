import React, { useState } from 'react';
import { t, Trans } from '@grafana/i18n';
import { Card, EmptyState, FilterInput, Grid, Stack } from '@grafana/ui';
import { words } from '../../api/language';
import type { Manifest } from '../../api/types';
import { TypeLogo } from '../../components/TypeLogo';

interface Props {
  types: Manifest[];
  onPick: (type: Manifest) => void;
}

/** All types to choose from. */
export function TypeGallery({ types, onPick }: Props) {
  const [sought, setSought] = useState('');
  const found = types.filter((type) => matches(type, sought));
  return (
    <Stack direction="column" gap={2}>
      <FilterInput
        value={sought}
        onChange={setSought}
        escapeRegex={false}
        placeholder={t('type-gallery.search', 'Search types, such as Feishu or SMS')}
        aria-label={t('type-gallery.search-label', 'Search types')}
      />
      {found.length === 0 ? (
        <EmptyState variant="not-found" message={t('type-gallery.none', 'No type matches')}>
          <Trans i18nKey="type-gallery.none-hint">The type webhook reaches whatever takes HTTP.</Trans>
        </EmptyState>
      ) : (
        <Grid gap={2} minColumnWidth={34}>
          {found.map((type) => (
            <Card key={type.type} noMargin onClick={() => onPick(type)}>
              <Card.Heading>{words(type.title)}</Card.Heading>
              <Card.Figure>
                <TypeLogo type={type} />
              </Card.Figure>
              <Card.Description>{words(type.summary)}</Card.Description>
            </Card>
          ))}
        </Grid>
      )}
    </Stack>
  );
}

/** Both languages are searched: people know services by either name. */
function matches({ type, provider, title, summary }: Manifest, sought: string): boolean {
  const text = [type, provider, title.zh, title.en, summary.zh, summary.en].join(' ').toLowerCase();
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
