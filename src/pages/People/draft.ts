import { t } from '@grafana/i18n';
import type { Fault, Person } from '../../api/types';
import { words } from '../../api/language';

export interface IdRow {
  provider: string;
  id: string;
}

/** A person as somebody is writing them; what is empty is not set. */
export interface Draft {
  name: string;
  title: string;
  email: string;
  mobile: string;
  ids: IdRow[];
}

export function draftOf(person: Person | undefined): Draft {
  return {
    name: person?.name ?? '',
    title: person?.title ?? '',
    email: person?.email ?? '',
    mobile: person?.mobile ?? '',
    ids: Object.entries(person?.ids ?? {}).map(([provider, id]) => ({ provider, id })),
  };
}

/** The person that a draft describes, without what is empty. */
export function personOf({ name, ids, ...texts }: Draft): Person {
  const set = Object.entries(texts).flatMap(([field, text]) => (text.trim() ? [[field, text.trim()]] : []));
  const full = ids.filter((row) => row.provider && row.id.trim()).map((row) => [row.provider, row.id.trim()]);
  return { name, ...Object.fromEntries(set), ...(full.length > 0 ? { ids: Object.fromEntries(full) } : {}) };
}

/** Sets the id at a provider, in the place of an earlier one. */
export function withId(draft: Draft, row: IdRow): Draft {
  const rest = draft.ids.filter((one) => one.provider !== row.provider && (one.provider || one.id));
  return { ...draft, ids: [...rest, row] };
}

export interface DraftFaults {
  name?: string;
  email?: string;
  mobile?: string;
  title?: string;
  ids?: string;
}

export function draftFaults(draft: Draft, person: Person | undefined, taken: string[]): DraftFaults {
  const faults: DraftFaults = {};
  if (!person && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(draft.name)) {
    faults.name = t(
      'people.name-rule',
      'Use lower-case letters, digits and hyphens, at most 63; the first one is no hyphen'
    );
  } else if (!person && taken.includes(draft.name)) {
    faults.name = t('people.name-taken', 'This name is taken');
  }
  const providers = draft.ids.map((row) => row.provider);
  if (draft.ids.some((row) => !row.provider !== !row.id.trim())) {
    faults.ids = t('people.ids-incomplete', 'Each id needs its provider, and each provider an id');
  } else if (new Set(providers).size < providers.length) {
    faults.ids = t('people.ids-twice', 'One id for each provider');
  }
  return faults;
}

/** What the backend found wrong with single fields of the person. */
export function refusedFields(faults: Fault[]): DraftFaults {
  const at = (field: string) => {
    const found = faults.find((f) => new RegExp(`^people\\[[^\\]]*\\]\\.${field}\\b`).test(f.path));
    return found && [words(found.message), words(found.hint)].filter(Boolean).join(' — ');
  };
  return { name: at('name'), title: at('title'), email: at('email'), mobile: at('mobile'), ids: at('ids') };
}
