import { hashKey } from '@tanstack/react-query';
import type { Limit, Settings, SettingValue } from '../../api/types';

/** A limit as somebody is writing it. */
export interface LimitRow {
  id: number;
  /** What is written of it, as the configuration has it. */
  entry: Settings;
  /** The limit of the type in whose place it stands: what is not written is as it is there. */
  usual?: Limit;
}

/** The limits of an account, one a row. Where it has none of its own, those of its type, with nothing written yet. */
export function rowsOf(value: SettingValue | undefined, usual: Limit[]): LimitRow[] {
  return Array.isArray(value)
    ? value.map((one, id) => ({ id, entry: isEntry(one) ? one : {} }))
    : usual.map((one, id) => ({ id, entry: {}, usual: one }));
}

/** What the account is to have as its limits. A list takes the place of all of the type's; nothing leaves those in force. */
export function limitsOf(rows: LimitRow[], usual: Limit[]): SettingValue | undefined {
  const asUsual =
    rows.length === usual.length && rows.every((r) => r.usual && hashKey([written(r)]) === hashKey([entryOf(r.usual)]));
  return asUsual || rows.length === 0 ? undefined : rows.map(written);
}

/** A row with what its type's limit has where nothing is written. */
export function written({ entry, usual }: LimitRow): Settings {
  const { ops, ...whole }: Settings = { ...(usual ? entryOf(usual) : {}), ...entry };
  // No operations means all, and the configuration takes no empty list.
  return Array.isArray(ops) && ops.length === 0 ? whole : { ...whole, ...(ops === undefined ? {} : { ops }) };
}

/** The paths of what every limit has to have and these lack. */
export function missingInLimits(value: SettingValue | undefined): string[] {
  return (Array.isArray(value) ? value : []).flatMap((one, i) =>
    ['count', 'per'].filter((field) => !isEntry(one) || !(field in one)).map((field) => `limits[${i}].${field}`)
  );
}

function entryOf({ scope, count, per_ns, kind, ops }: Limit): Settings {
  return { scope, count, per: durationOf(per_ns), ...(kind ? { kind } : {}), ...(ops ? { ops } : {}) };
}

const units: Array<[string, number]> = [
  ['d', 86400e9],
  ['h', 3600e9],
  ['m', 60e9],
  ['s', 1e9],
];

/** A duration as the configuration writes it. */
export function durationOf(ns: number): string {
  const [unit, length] = units.find(([, size]) => ns % size === 0) ?? ['ms', 1e6];
  return `${ns / length}${unit}`;
}

function isEntry(value: SettingValue): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
