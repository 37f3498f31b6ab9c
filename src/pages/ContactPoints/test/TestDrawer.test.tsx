import { screen, waitFor, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import type { TestResult } from '../../../api/types';
import { Refusal } from '../../../testing/backend';
import { as, open, sent } from '../../../testing/contactPoints';

const result: TestResult = {
  state: 'failed',
  group_id: 'g',
  deliveries: [
    {
      id: 'd-1',
      step: 0,
      account: 'corp',
      target: 'person:li',
      state: 'failed',
      code: '60020',
      text: 'not allowed',
      hint: { en: 'Add the address to the list' },
    },
    { id: 'd-2', step: 1, account: 'robot', target: '', state: 'delivered' },
  ],
  notes: [{ en: 'one person has no id' }],
};

beforeEach(() => as(OrgRole.Editor));

async function openTest(answer: () => unknown) {
  const page = open('/contact-points', { 'POST /v1/test': answer });
  await page.user.click(await screen.findByRole('button', { name: 'Test Payments' }));
  const dialog = await screen.findByRole('dialog');
  // The drawer takes the focus a moment later, and a list that was opened before that closes again.
  await waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
  return page;
}

it('sends severity and text', async () => {
  const { user, asked } = await openTest(() => result);
  await user.click(screen.getByRole('combobox', { name: 'Severity' }));
  await user.click(await screen.findByRole('option', { name: 'Critical' }));
  await user.type(screen.getByRole('textbox', { name: 'Text' }), 'hello');
  await user.click(screen.getByRole('button', { name: 'Send test' }));
  await screen.findByText('Result');
  expect(sent(asked, 'POST', '/v1/test')).toEqual([{ contact_point: 'payments', severity: 'critical', text: 'hello' }]);
});

it('says of each delivery what became of it, what the provider said and what to do', async () => {
  const { user } = await openTest(() => result);
  await user.click(screen.getByRole('button', { name: 'Send test' }));
  const failed = within(await screen.findByRole('group', { name: 'Corp app → Li Lei: Failed' }));
  expect(failed.getByText('The provider said: 60020 not allowed')).toBeInTheDocument();
  expect(failed.getByText('Add the address to the list')).toBeInTheDocument();
  expect(failed.getByRole('link', { name: 'The whole delivery' })).toHaveAttribute(
    'href',
    '/a/yunluo-notify-app/notifications/d-1'
  );
  expect(screen.getByRole('group', { name: 'Ops robot: Delivered' })).toBeInTheDocument();
  expect(screen.getByText('one person has no id')).toBeInTheDocument();
});

it('does not let a message that a later step delivered hide what failed', async () => {
  const { user } = await openTest(() => ({ ...result, state: 'delivered' }));
  await user.click(screen.getByRole('button', { name: 'Send test' }));
  expect(await screen.findByText('Somebody was reached, but not every way works')).toBeInTheDocument();
});

it('says that nothing took the severity', async () => {
  const { user } = await openTest(() => ({ ...result, deliveries: [], notes: [] }));
  await user.click(screen.getByRole('button', { name: 'Send test' }));
  expect(await screen.findByText(/no entry takes this severity/)).toBeInTheDocument();
});

it('says why the test was not sent', async () => {
  const { user } = await openTest(() => new Refusal(409, { error: 'the settings have faults' }));
  await user.click(screen.getByRole('button', { name: 'Send test' }));
  expect(await screen.findByText('the settings have faults')).toBeInTheDocument();
});

it('gives the focus back to its button when it is closed', async () => {
  const { user } = await openTest(() => result);
  await user.type(screen.getByRole('textbox', { name: 'Text' }), 'hello');
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.getByRole('button', { name: 'Test Payments' })).toHaveFocus());
});
