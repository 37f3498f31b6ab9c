import { kindOf, targetOf, targetWord, valueOf, withTarget } from './targets';

it('reads kind and value as the configuration writes them', () => {
  expect(kindOf('chat:oc_1')).toBe('chat');
  expect(kindOf(' phone : +86')).toBe('phone');
  expect(kindOf('all')).toBe('all');
  expect(kindOf('nothing:1')).toBeUndefined();
  expect(valueOf('user:a:b')).toBe('a:b');
});

it('writes a target; everybody has no value', () => {
  expect(targetOf('email', ' li@example.com ')).toBe('email:li@example.com');
  expect(targetOf('all', 'x')).toBe('all');
});

it('has each target once', () => {
  expect(withTarget(['all'], 'all')).toEqual(['all']);
});

it('calls a person by title, others by kind and value', () => {
  expect(targetWord('person:li', [{ name: 'li', title: 'Li Lei' }])).toBe('Li Lei');
  expect(targetWord('person:gone', [])).toBe('gone');
  expect(targetWord('chat:oc_1', [])).toBe('Chat: oc_1');
  expect(targetWord('what', [])).toBe('what');
});
