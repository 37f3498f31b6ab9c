import { kindOf, targetWord, valueOf } from './target';

it('reads kind and value as the configuration writes them', () => {
  expect(kindOf('chat:oc_1')).toBe('chat');
  expect(kindOf(' phone : +86')).toBe('phone');
  expect(kindOf('all')).toBe('all');
  expect(kindOf('nothing:1')).toBeUndefined();
  expect(valueOf('user:a:b')).toBe('a:b');
});

it('calls a person by title, others by kind and value', () => {
  expect(targetWord('person:li', [{ name: 'li', title: 'Li Lei' }])).toBe('Li Lei');
  expect(targetWord('person:gone', [])).toBe('gone');
  expect(targetWord('chat:oc_1', [])).toBe('Chat: oc_1');
  expect(targetWord('what', [])).toBe('what');
});
