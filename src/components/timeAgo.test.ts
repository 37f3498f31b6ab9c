import i18next from 'i18next';
import { timeAgo } from './timeAgo';

const now = Date.parse('2026-11-26T01:00:00Z');

test.each([
  ['2026-11-26T01:00:00Z', 'now'],
  ['2026-11-26T00:59:18Z', '42 seconds ago'],
  ['2026-11-26T00:47:59Z', '12 minutes ago'],
  ['2026-11-25T22:30:00Z', '2 hours ago'],
  ['2026-11-25T00:59:59Z', 'yesterday'],
  // A clock ahead of ours.
  ['2026-11-26T01:00:30Z', 'now'],
])('%s was %s', (at, words) => {
  expect(timeAgo(at, now)).toBe(words);
});

test('in Chinese', async () => {
  await i18next.init({ lng: 'zh-Hans', resources: {} });
  expect(timeAgo('2026-11-26T00:47:59Z', now)).toBe('12分钟前');
});
