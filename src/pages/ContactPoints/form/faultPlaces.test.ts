import { below, elsewhere, faultsOf, sentence } from './faultPlaces';

const fault = (path: string) => ({ path, message: { en: `wrong at ${path}` } });

it('takes the faults of one contact point and leaves others as they are', () => {
  const { own, others } = faultsOf(
    [fault('contact_points[1].title'), fault('contact_points[10].title'), fault('accounts.a')],
    1
  );
  expect(own.map((f) => f.path)).toEqual(['title']);
  expect(others.map((f) => f.path)).toEqual(['contact_points[10].title', 'accounts.a']);
});

it('shows the faults below a field at the field', () => {
  const faults = below([fault('steps[1].notify[0].to[2]')], 'steps');
  expect(below(below(faults, '[1]'), 'notify[0]').map((f) => f.path)).toEqual(['to[2]']);
});

it('does not take a field for another that begins alike', () => {
  expect(below([fault('total')], 'to')).toEqual([]);
});

it('tells what no field shows', () => {
  expect(elsewhere([fault(''), fault('to[0]'), fault('after')], ['to']).map((f) => f.path)).toEqual(['', 'after']);
});

it('says what is wrong and what to do', () => {
  const faults = [{ path: 'to', message: { en: 'to is missing' }, hint: { en: 'name a chat' } }];
  expect(sentence(faults, 'to')).toBe('to is missing — name a chat');
  expect(sentence(faults, 'mention')).toBeUndefined();
});
