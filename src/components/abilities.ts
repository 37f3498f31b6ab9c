import { t } from '@grafana/i18n';
import { plain } from '../api/language';
import type { BadgeColor, IconName } from '@grafana/ui';
import type { Limit, Manifest, UrgeMode } from '../api/types';

export interface Ability {
  key: string;
  text: string;
  icon: IconName;
  color: BadgeColor;
  tooltip?: string;
}

const modes: UrgeMode[] = ['app', 'sms', 'phone'];

export function modeWord(mode: UrgeMode): string {
  switch (mode) {
    case 'app':
      return t('contact-points.urge.app', 'In the app');
    case 'sms':
      return t('contact-points.urge.sms', 'By SMS');
    case 'phone':
      return t('contact-points.urge.phone', 'By phone');
  }
}

/** The ways in which a type can urge. */
export function urgeModes(type: Manifest): UrgeMode[] {
  return modes.filter((mode) => type.urge?.[mode] !== undefined);
}

/** What a type can do, as its manifest tells, in a few words each. */
export function abilitiesOf(type: Manifest): Ability[] {
  const list: Ability[] = [];
  const ways = urgeModes(type);
  if (ways.length > 0) {
    list.push({
      key: 'urge',
      icon: 'bell',
      color: 'orange',
      text: t('contact-points.ability.urgent', 'Urgent: {{modes}}', { ...plain, modes: ways.map(shortMode).join(' / ') }),
      tooltip: t('contact-points.ability.urgent-tip', 'Can press people who do not look: in the app, by SMS or by phone'),
    });
  }
  if (type.rings) {
    list.push({ key: 'rings', icon: 'mobile-android', color: 'orange', text: t('contact-points.ability.rings', 'Makes a phone ring') });
  }
  if (type.mentions && type.mentions.length > 0) {
    list.push({ key: 'mentions', icon: 'at', color: 'blue', text: t('contact-points.ability.mentions', 'Mentions') });
  }
  if (type.recall_for_ns) {
    list.push({ key: 'recall', icon: 'repeat', color: 'blue', text: t('contact-points.ability.recall', 'Recalls messages') });
  }
  for (const limit of type.limits ?? []) {
    // A quota only counts, and limits of a second are too short to matter to anybody who chooses.
    if (limit.kind !== 'quota' && limit.per_ns >= minute) {
      list.push({
        key: `limit ${limit.scope} ${limit.per_ns}`,
        icon: 'clock-nine',
        color: 'darkgrey',
        text: limitWords(limit),
        tooltip: t('contact-points.ability.limit-tip', 'What the provider allows. Yunluo counts, and what is too much waits'),
      });
    }
  }
  return oncePerKey(list);
}

function oncePerKey(list: Ability[]): Ability[] {
  return list.filter((a, i) => list.findIndex((b) => b.key === a.key) === i);
}

function shortMode(mode: UrgeMode): string {
  switch (mode) {
    case 'app':
      return t('contact-points.ability.app', 'app');
    case 'sms':
      return t('contact-points.ability.sms', 'SMS');
    case 'phone':
      return t('contact-points.ability.phone', 'phone');
  }
}

const second = 1e9;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

function limitWords({ count, per_ns, scope }: Limit): string {
  const period = periodWords(per_ns);
  return scope === 'target'
    ? t('contact-points.ability.limit-target', '{{count}} {{period}} per target', { ...plain, count, period })
    : t('contact-points.ability.limit', '{{count}} {{period}}', { ...plain, count, period });
}

function periodWords(ns: number): string {
  switch (ns) {
    case minute:
      return t('contact-points.ability.a-minute', 'a minute');
    case hour:
      return t('contact-points.ability.an-hour', 'an hour');
    case day:
      return t('contact-points.ability.a-day', 'a day');
  }
  return ns % minute === 0
    ? t('contact-points.ability.minutes', 'in {{n}} minutes', { ...plain, n: ns / minute })
    : t('contact-points.ability.seconds', 'in {{n}} seconds', { ...plain, n: ns / second });
}

/** Whether a type's title, summary, name or provider has what is searched for. */
export function matches(type: Manifest, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  const said = [type.type, type.provider, ...Object.values(type.title), ...Object.values(type.summary)];
  return wanted === '' || said.some((s) => s?.toLowerCase().includes(wanted));
}
