import type { Account, Settings, SettingValue } from './types';

/**
 * In the settings of accounts the configuration language reads "${" as a variable, which the app refuses, and "$$" as a dollar
 * sign. People read and type what is meant, and the backend is handed what means it. Secrets, contact points, people and defaults
 * go as they are typed: there the app takes every dollar sign as one, and "$$" would stay two.
 */
export function toBackend(settings: Settings): Settings {
  return each(settings, (text) => text.split('$').join('$$'));
}

/** An account as the backend has it, with its texts as they are meant. */
export function fromBackend({ title, settings, ...rest }: Account): Account {
  return {
    ...rest,
    ...(title === undefined ? {} : { title: meant(title) }),
    ...(settings === undefined ? {} : { settings: each(settings, meant) }),
  };
}

const meant = (text: string) => text.split('$$').join('$');

function each(settings: Settings, change: (text: string) => string): Settings {
  const changed = (value: SettingValue): SettingValue => {
    if (typeof value === 'string') {
      return change(value);
    }
    if (Array.isArray(value)) {
      return value.map(changed);
    }
    return typeof value === 'object' && value !== null ? each(value, change) : value;
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, changed(value)]));
}
