import { useMemo } from 'react';
import { t } from '@grafana/i18n';
import { plain } from '../../api/language';
import { useAccounts, useContactPoints, usePeople } from '../../api/queries';
import { hasRole } from '../../api/role';
import type { Delivery } from '../../api/types';
import { targetWord } from '../../components/target';

/** A name for people, with the one that the configuration writes where that is another. */
export interface Named {
  word: string;
  raw?: string;
}

export interface Names {
  contactPoint: (name: string) => Named;
  account: (name: string) => Named;
  target: (target: string) => Named;
  /** The names that there are in the configuration. */
  contactPoints: string[];
  accounts: string[];
}

/** What contact points, accounts and people are called. Viewers are not told the accounts, and history outlives them all. */
export function useNames(): Names {
  const points = useContactPoints().data?.contact_points;
  const accounts = useAccounts(hasRole('Editor')).data?.accounts;
  const people = usePeople().data?.people;
  return useMemo(
    () => ({
      contactPoint: (name) => titled(points, name),
      account: (name) => titled(accounts, name),
      target: (target) => named(targetWord(target, people ?? []), target),
      contactPoints: (points ?? []).map((p) => p.name),
      accounts: (accounts ?? []).map((a) => a.name),
    }),
    [points, accounts, people]
  );
}

function titled(list: Array<{ name: string; title?: string }> | undefined, name: string): Named {
  return named(list?.find((one) => one.name === name)?.title || name, name);
}

const named = (word: string, raw: string): Named => (word === raw ? { word } : { word, raw });

/** Where alerts came from. Tests have the source that every core has. */
export function wordOfSource({ source, group_key }: Delivery): Named {
  const org = /^grafana-org-(\d+)$/.exec(source)?.[1];
  switch (true) {
    case source === 'default' && group_key.startsWith('test/'):
      return { word: t('notifications.source.test', 'Test'), raw: source };
    case source === 'default':
      return { word: t('notifications.source.default', 'Default source'), raw: source };
    case source === 'grafana':
      return { word: 'Grafana', raw: source };
    case org !== undefined:
      return { word: t('notifications.source.org', 'Grafana, organisation {{org}}', { ...plain, org }), raw: source };
    default:
      return { word: source };
  }
}
