import i18next from 'i18next';
import type { Text } from './types';

export type Language = 'zh' | 'en';

/** What the user of the pages reads. */
export function language(): Language {
  return i18next.language?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** A sentence of the backend's in the user's language; in the other one where there is no other. */
export function words(text: Text | undefined): string {
  if (!text) {
    return '';
  }
  return (language() === 'zh' ? text.zh || text.en : text.en || text.zh) ?? '';
}

/** A text that is in the user's language already, where a manifest would have both. */
export const said = (text: string): Text => ({ zh: text, en: text });

/**
 * Goes with the values of every t(): React escapes what it draws, so i18next must not do it before, or "a/b" is shown as
 * "a&#x2F;b". Grafana's instance of i18next, which we share, escapes unless it is told not to; Trans undoes it.
 */
export const plain = { interpolation: { escapeValue: false } };
