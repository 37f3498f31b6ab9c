import { targetOf, withTarget } from './targets';

it('writes a target; everybody has no value', () => {
  expect(targetOf('email', ' li@example.com ')).toBe('email:li@example.com');
  expect(targetOf('all', 'x')).toBe('all');
});

it('has each target once', () => {
  expect(withTarget(['all'], 'all')).toEqual(['all']);
});
