import { screen, within } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { OrgRole } from '@grafana/data';
import { as, open, saved, sent, types } from '../../testing/accounts';
import { Refusal, type Handler } from '../../testing/backend';
import type { SettingValue } from '../../api/types';
import { durationOf } from './limits';

beforeEach(() => {
  as(OrgRole.Admin);
  // jsdom lays nothing out, and a list without height shows none of its options.
  jest.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(320);
});

const robotType = types.map((type) =>
  type.type === 'dingtalk_robot'
    ? {
        ...type,
        limits: [
          { scope: 'account', count: 20, per_ns: 60e9 },
          { scope: 'target', count: 40, per_ns: 86400e9, kind: 'budget', ops: ['send'] },
        ],
      }
    : type
);

/** Opens the robot, which has these limits of its own, if any. */
function openRobot(limits?: SettingValue, put: Handler = () => ({ saved: true })) {
  const accounts = saved.accounts.map((a) =>
    a.name === 'robot' && limits !== undefined ? { ...a, settings: { ...a.settings, limits } } : a
  );
  return open('/accounts/robot/edit', {
    'GET /v1/types': () => robotType,
    'GET /v1/accounts': () => ({ ...saved, accounts }),
    'PUT /v1/accounts/robot': put,
  });
}

const show = async (user: UserEvent) => user.click(await screen.findByRole('button', { name: 'Limits' }));
const row = (n: number) => within(screen.getByRole('group', { name: `Limit ${n}` }));
const save = (user: UserEvent) => user.click(screen.getByRole('button', { name: 'Save' }));
const settingsOf = (body: unknown) => (body as { settings: { limits?: unknown } }).settings;

async function saveAnd(user: UserEvent) {
  await save(user);
  await screen.findByText('robot is saved');
}

test("shows the type's limits where none is entered, and saves none then", async () => {
  const { user, asked } = openRobot();
  await show(user);
  expect(row(1).getByRole('spinbutton', { name: 'At most' })).toHaveAttribute('placeholder', '20');
  expect(row(1).getByRole('spinbutton', { name: 'At most' })).toHaveValue(null);
  expect(row(2).getByRole('textbox', { name: 'Within' })).toHaveAttribute('placeholder', '1d');
  expect(row(2).getByRole('combobox', { name: 'Counted for' })).toHaveValue('Each target');
  expect(row(2).getByRole('combobox', { name: 'When used up' })).toHaveValue('Next step');
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body)).not.toHaveProperty('limits');
});

test("saves the whole list once one limit is another, with the type's where nothing is entered", async () => {
  const { user, asked } = openRobot();
  await show(user);
  await user.type(row(1).getByRole('spinbutton', { name: 'At most' }), '50');
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body).limits).toEqual([
    { scope: 'account', count: 50, per: '1m' },
    { scope: 'target', count: 40, per: '1d', kind: 'budget', ops: ['send'] },
  ]);
});

test('saves none again when what was entered is taken back', async () => {
  const { user, asked } = openRobot();
  await show(user);
  const count = row(1).getByRole('spinbutton', { name: 'At most' });
  await user.type(count, '5');
  await user.clear(count);
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body)).not.toHaveProperty('limits');
});

test('saves none when what was entered is what is usual', async () => {
  const { user, asked } = openRobot();
  await show(user);
  await user.type(row(1).getByRole('spinbutton', { name: 'At most' }), '20');
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body)).not.toHaveProperty('limits');
});

test("the last of the type's limits cannot be removed: it would come back", async () => {
  const { user } = openRobot();
  await show(user);
  await user.click(screen.getByRole('button', { name: 'Remove limit 2' }));
  expect(screen.queryByRole('button', { name: 'Remove limit 1' })).not.toBeInTheDocument();
});

test('adds, changes and removes limits, and keeps what the form does not know', async () => {
  const own: SettingValue[] = [
    { scope: 'account', count: 7, per: '1h', later: true },
    { scope: 'target', count: 1, per: '1s' },
  ];
  const { user, asked } = openRobot(own);
  await user.click(await screen.findByRole('button', { name: 'Remove limit 2' }));
  await user.click(screen.getByRole('button', { name: 'Add limit' }));
  await user.type(row(2).getByRole('spinbutton', { name: 'At most' }), '9');
  await user.type(row(2).getByRole('textbox', { name: 'Within' }), '30d');
  await user.click(row(2).getByRole('combobox', { name: 'Counted for' }));
  await user.click(await screen.findByRole('option', { name: 'Each target' }));
  await user.click(row(2).getByRole('combobox', { name: 'When used up' }));
  await user.click(await screen.findByRole('option', { name: /Warn only/ }));
  await user.click(row(2).getByRole('combobox', { name: 'Operations that count' }));
  await user.click(await screen.findByRole('option', { name: 'Reply' }));
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body).limits).toEqual([
    own[0],
    { scope: 'target', count: 9, per: '30d', kind: 'quota', ops: ['reply'] },
  ]);
});

test('goes back to what is usual for the type', async () => {
  const { user, asked } = openRobot([{ scope: 'account', count: 7, per: '1h' }]);
  await user.click(await screen.findByRole('button', { name: 'As usual for the type' }));
  expect(row(2).getByRole('spinbutton', { name: 'At most' })).toHaveAttribute('placeholder', '40');
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body)).not.toHaveProperty('limits');
});

test('lifts the limits, and takes that back', async () => {
  const { user, asked } = openRobot('none');
  const none = await screen.findByRole('checkbox', { name: /No limits/ });
  expect(none).toBeChecked();
  expect(screen.queryByRole('group', { name: 'Limit 1' })).not.toBeInTheDocument();
  await user.click(none);
  await user.type(row(1).getByRole('spinbutton', { name: 'At most' }), '50');
  await user.click(none);
  await saveAnd(user);
  expect(settingsOf(sent(asked)?.body).limits).toBe('none');
});

test('is not sent with half a limit', async () => {
  const { user, asked } = openRobot();
  await show(user);
  await user.click(screen.getByRole('button', { name: 'Add limit' }));
  await save(user);
  expect(row(3).getAllByText('This is required')).toHaveLength(2);
  expect(sent(asked)).toBeUndefined();
});

test('shows what the backend refuses at its field, until that is changed', async () => {
  const { user } = openRobot(
    [
      { scope: 'account', count: 7, per: '1h' },
      { scope: 'target', count: 1, per: 'soon' },
    ],
    () =>
      new Refusal(422, {
        error: 'no',
        code: 'invalid_configuration',
        faults: [
          { path: 'accounts.robot.limits[1].per', message: { en: 'must be a duration' } },
          { path: 'accounts.robot.limits[0]', message: { en: 'is no limit' } },
        ],
      })
  );
  await screen.findByRole('group', { name: 'Limit 1' });
  await save(user);
  expect(await row(2).findByText(/must be a duration/)).toBeInTheDocument();
  expect(row(1).getByText(/is no limit/)).toBeInTheDocument();
  expect(row(1).queryByText(/must be a duration/)).not.toBeInTheDocument();
  await user.type(row(2).getByRole('textbox', { name: 'Within' }), '1s');
  expect(row(2).queryByText(/must be a duration/)).not.toBeInTheDocument();
});

test.each([
  [500e6, '500ms'],
  [30e9, '30s'],
  [90e9, '90s'],
  [3600e9, '1h'],
  [31 * 86400e9, '31d'],
])('writes %d ns as %s', (ns, text) => expect(durationOf(ns)).toBe(text));
