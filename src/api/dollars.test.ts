import { fromBackend, toBackend } from './dollars';

const template = '您的系统 ${content}，$5';
const written = '您的系统 $${content}，$$5';

it('doubles every dollar sign of every text, and leaves what is no text', () => {
  expect(
    toBackend({ template_text: template, in_flight: 8, fold: null, limits: [{ scope: 'account', note: '$' }, 'a$$b'] })
  ).toEqual({ template_text: written, in_flight: 8, fold: null, limits: [{ scope: 'account', note: '$$' }, 'a$$$$b'] });
});

it('reads them back, in the title too', () => {
  const account = { name: 'sms', type: 'aliyun_sms', title: '$$ ops', settings: { template_text: written } };
  expect(fromBackend(account)).toEqual({
    name: 'sms',
    type: 'aliyun_sms',
    title: '$ ops',
    settings: { template_text: template },
  });
});

it('adds nothing to an account of which little is told', () => {
  expect(fromBackend({ name: 'sms', type: 'aliyun_sms' })).toEqual({ name: 'sms', type: 'aliyun_sms' });
});

it.each(['$', '$$', '$$$', '${a}$$${b}', 'a$', ''])('gives back what was typed: %s', (text) => {
  const { settings } = fromBackend({ name: 'a', type: 't', settings: toBackend({ text }) });
  expect(settings).toEqual({ text });
});
