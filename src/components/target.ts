import { t } from '@grafana/i18n';
import { plain } from '../api/language';
import type { Person, TargetKind } from '../api/types';

const kinds: TargetKind[] = ['person', 'chat', 'user', 'department', 'tag', 'phone', 'email', 'on_call', 'all'];

/** The kind of a target as the configuration writes it, such as "chat:oc_1"; undefined for what is none. */
export function kindOf(target: string): TargetKind | undefined {
  const [kind] = target.trim().split(':', 1);
  return kinds.find((k) => k === kind?.trim());
}

export function valueOf(target: string): string {
  const colon = target.indexOf(':');
  return colon < 0 ? '' : target.slice(colon + 1).trim();
}

export function kindWord(kind: TargetKind): string {
  switch (kind) {
    case 'person':
      return t('contact-points.kind.person', 'Person');
    case 'chat':
      return t('contact-points.kind.chat', 'Chat');
    case 'user':
      return t('contact-points.kind.user', 'User ID');
    case 'department':
      return t('contact-points.kind.department', 'Department');
    case 'tag':
      return t('contact-points.kind.tag', 'Tag');
    case 'phone':
      return t('contact-points.kind.phone', 'Phone number');
    case 'email':
      return t('contact-points.kind.email', 'E-mail');
    case 'on_call':
      return t('contact-points.kind.on-call', 'On call');
    case 'all':
      return t('contact-points.kind.all', 'Everybody');
  }
}

/** How a target is written for people: a person by title, others by kind and value. */
export function targetWord(target: string, people: Person[]): string {
  const kind = kindOf(target);
  const value = valueOf(target);
  switch (kind) {
    case undefined:
      return target;
    case 'all':
      return kindWord('all');
    case 'person':
      return people.find((p) => p.name === value)?.title || value;
    default:
      return t('contact-points.kind-value', '{{kind}}: {{value}}', { ...plain, kind: kindWord(kind), value });
  }
}
