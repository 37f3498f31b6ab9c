import { isName, nameFrom } from './name';

it.each(['a', '0', 'payments', 'a-b-1', 'x'.repeat(63)])('takes %s for a name', (name) => {
  expect(isName(name)).toBe(true);
});

it.each(['', '-a', 'A', 'a_b', 'a b', '支付', 'x'.repeat(64)])('does not take "%s" for a name', (name) => {
  expect(isName(name)).toBe(false);
});

it.each([
  ['Payments team', 'payments-team'],
  ['  Ops / on-call! ', 'ops-on-call'],
  ['支付告警', ''],
  ['支付 SRE', 'sre'],
  ['x'.repeat(80), 'x'.repeat(63)],
])('makes of the title "%s" the name "%s"', (title, name) => {
  expect(nameFrom(title)).toBe(name);
});
