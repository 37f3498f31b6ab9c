import { t } from '@grafana/i18n';
import type { Account, Field, Manifest, Settings, SettingValue } from '../../api/types';
import { missingInLimits } from './limits';

/** An account as somebody is writing it. */
export interface Draft {
  name: string;
  /** Everything but secrets, also what the form does not know. */
  settings: Settings;
  secrets: Record<string, string>;
  /** Stored secrets that shall be no more. */
  removed: string[];
  /** Whether the stored secrets are being entered anew. They are replaced only all at once. */
  replacing: boolean;
}

/** A draft of a new account, or of a saved one. */
export function draftOf(account: Account | undefined, name: string): Draft {
  const { type: _type, ...settings } = account?.settings ?? {};
  return { name: account?.name ?? name, settings, secrets: {}, removed: [], replacing: false };
}

/** The fields that every account has and that decide where its secrets are sent, besides those of its type. */
const addresses = ['base_url', 'proxy'];

/** The labels of addresses that are not those which the stored secrets were entered for. */
export function movedAddresses(draft: Draft, account: Account | undefined, manifest: Manifest): string[] {
  if (!account?.secrets?.length) {
    return [];
  }
  const own = manifest.fields.filter((f) => f.kind === 'url' && !f.secret).map((f) => f.name);
  return [...addresses, ...own].filter((name) => textOf(draft.settings[name]) !== textOf(account.settings?.[name]));
}

/** Whether the secrets are entered in the form, as opposed to kept. */
export function entersSecrets(draft: Draft, account: Account | undefined, manifest: Manifest): boolean {
  return !account?.secrets?.length || draft.replacing || movedAddresses(draft, account, manifest).length > 0;
}

/** What is to be sent as secrets; nothing leaves the stored ones. */
export function secretsOf(
  draft: Draft,
  account: Account | undefined,
  manifest: Manifest
): Record<string, string> | undefined {
  const entered = Object.fromEntries(Object.entries(draft.secrets).filter(([, value]) => value !== ''));
  if (!entersSecrets(draft, account, manifest) || (!account?.secrets?.length && Object.keys(entered).length === 0)) {
    return undefined;
  }
  return entered;
}

export const nameRule = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Why a name cannot be given to something new; undefined when it can. */
export function nameFault(name: string, taken: string[]): string | undefined {
  if (!nameRule.test(name)) {
    return t(
      'accounts.name-rule',
      'Use lower-case letters, digits and hyphens, at most 63; the first one is no hyphen'
    );
  }
  return taken.includes(name) ? t('accounts.name-taken', 'This name is taken') : undefined;
}

/** A name that is free, made of a type's. */
export function freeName(type: string, taken: string[]): string {
  const base = type.replaceAll('_', '-');
  for (let i = 1; ; i++) {
    const name = i === 1 ? base : `${base}-${i}`;
    if (!taken.includes(name)) {
      return name;
    }
  }
}

export type DraftFaults = Record<string, string>;

/** What can be told before the backend is asked, by field. */
export function draftFaults(
  draft: Draft,
  account: Account | undefined,
  manifest: Manifest,
  taken: string[]
): DraftFaults {
  const faults: DraftFaults = {};
  if (!account) {
    put(faults, 'name', nameFault(draft.name, taken));
  }
  const entering = entersSecrets(draft, account, manifest);
  for (const field of manifest.fields) {
    put(
      faults,
      field.name,
      field.secret ? (entering ? secretFault(field, draft, account) : undefined) : valueFault(field, draft)
    );
  }
  if (needsAddress(manifest) && isEmpty(draft.settings.base_url)) {
    put(faults, 'base_url', required());
  }
  const share = draft.settings.share;
  if (typeof share === 'number' && (share <= 0 || share > 1)) {
    put(faults, 'share', t('accounts.share-range', 'More than 0, and at most 1'));
  }
  missingInLimits(draft.settings.limits).forEach((path) => put(faults, path, required()));
  return faults;
}

function put(faults: DraftFaults, field: string, fault: string | undefined) {
  if (fault !== undefined) {
    faults[field] = fault;
  }
}

const required = () => t('accounts.required', 'This is required');

function valueFault(field: Field, draft: Draft): string | undefined {
  return field.required && !field.default && isEmpty(draft.settings[field.name]) ? required() : undefined;
}

function secretFault(field: Field, draft: Draft, account: Account | undefined): string | undefined {
  if (draft.secrets[field.name]) {
    return undefined;
  }
  if (field.required) {
    return required();
  }
  const stored = account?.secrets?.includes(field.name) ?? false;
  return stored && !draft.removed.includes(field.name)
    ? t('accounts.enter-again', 'Enter it again, or say that it is to be removed')
    : undefined;
}

/** Whether a type knows no usual address, so an account has to say one. */
export function needsAddress(manifest: Manifest): boolean {
  return !manifest.base_url && (manifest.schemes?.length ?? 0) > 0;
}

const isEmpty = (value: SettingValue | undefined) => value === undefined || value === null || value === '';
const textOf = (value: SettingValue | undefined) => (typeof value === 'string' ? value : '');

/** The place of an account in the settings, for faults. */
export const pathOf = (name: string) => `accounts.${name}`;

/** Whether a fault's path leads into another. */
export function isWithin(path: string, into: string): boolean {
  return path === into || path.startsWith(`${into}.`) || path.startsWith(`${into}[`);
}
