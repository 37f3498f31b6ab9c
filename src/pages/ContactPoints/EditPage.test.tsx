import { screen, waitFor, within } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { OrgRole } from '@grafana/data';
import { Refusal } from '../../testing/backend';
import { as, open, payments, saved, sent } from '../../testing/contactPoints';
import { asksToLeave } from '../../testing/leave';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  PluginPage: jest.requireActual('../../testing/pluginPage').PluginPage,
}));

const path = '/contact-points/payments/edit';
const put = '/v1/contact-points/payments';
const done = { [`PUT ${put}`]: () => ({ saved: true }) };

beforeEach(() => as(OrgRole.Editor));

const step = (n: number) => screen.findByRole('listitem', { name: `Step ${n}` });
const settingsOf = (body: unknown) => (body as { settings: { steps: unknown[] } }).settings;

async function choose(user: UserEvent, field: HTMLElement, option: string | RegExp) {
  await user.click(field);
  await user.click(await screen.findByRole('option', { name: option }));
}

async function save(user: UserEvent) {
  await user.click(screen.getByRole('button', { name: 'Save contact point' }));
  await screen.findByText('Saved');
}

it('keeps what it does not know, and what was not changed', async () => {
  const { user, asked } = open(path, done);
  await step(1);
  await save(user);
  const { name: _name, ...settings } = payments.settings ?? { steps: [] };
  expect(sent(asked, 'PUT', put)).toEqual([{ revision: 'r1', settings }]);
});

it('asks before changes are lost, and not once they are saved', async () => {
  const { user } = open(path, done);
  await user.type(await screen.findByRole('textbox', { name: /^Title/ }), '!');
  await save(user);
  expect(await asksToLeave()).toBe(false);
  await user.type(screen.getByRole('textbox', { name: /^Title/ }), '!');
  expect(await asksToLeave()).toBe(true);
});

it('does not let the name be changed', async () => {
  open(path);
  expect(await screen.findByLabelText(/^Name/)).toBeDisabled();
});

it('adds a person to the recipients', async () => {
  const { user, asked } = open(path, done);
  const first = within(await step(1));
  await choose(user, first.getByRole('combobox', { name: 'Recipients: kind' }), 'Person');
  await choose(user, first.getByRole('combobox', { name: 'Recipients *' }), /Li Lei/);
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[0]).toMatchObject({
    notify: [{ to: ['chat:oc_1', 'person:li'] }],
  });
});

it('adds a target by its value, without the button too', async () => {
  const { user, asked } = open(path, done);
  const first = within(await step(1));
  await user.type(first.getByRole('textbox', { name: /^Recipients/ }), 'oc_2');
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[0]).toMatchObject({
    notify: [{ to: ['chat:oc_1', 'chat:oc_2'] }],
  });
});

it('takes a recipient away', async () => {
  const { user, asked } = open(path, done);
  await user.click(within(await step(1)).getByRole('button', { name: 'Remove Chat: oc_1' }));
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[0]).toEqual({ notify: [{ account: 'corp' }] });
});

it('urges from a severity on, in the ways that the type has', async () => {
  const { user, asked } = open(path, done);
  const first = within(await step(1));
  await user.click(first.getByRole('button', { name: 'Urge people' }));
  await user.click(first.getByRole('combobox', { name: 'or worse:' }));
  expect((await screen.findAllByRole('option')).map((o) => o.textContent)).toEqual(['In the app', 'By phone']);
  await user.click(screen.getByRole('option', { name: 'By phone' }));
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[0]).toMatchObject({
    notify: [{ urgent: { critical: 'phone' } }],
  });
});

it("sets the type's own options, and recall", async () => {
  const { user, asked } = open(path, done);
  const first = within(await step(1));
  await user.click(first.getByRole('button', { name: 'More options' }));
  await choose(user, first.getByRole('combobox', { name: 'Message form' }), 'text');
  await user.click(first.getByRole('switch', { name: /^Recall when resolved/ }));
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[0]).toMatchObject({ notify: [{ form: 'text', recall: true }] });
});

it('offers an entry only what its type can do', async () => {
  open(path);
  const second = within(await step(2));
  expect(second.queryByText('Recipients')).not.toBeInTheDocument();
  expect(second.getByText('Mentions')).toBeInTheDocument();
  expect(second.queryByText('Urge people')).not.toBeInTheDocument();
});

it('lets an entry act only from a severity on', async () => {
  const { user, asked } = open(path, done);
  await choose(user, within(await step(2)).getByRole('combobox', { name: 'Only for' }), 'High or worse');
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[1]).toMatchObject({ notify: [{ severities: 'high' }] });
});

it('moves a step, which keeps the focus', async () => {
  const { user, asked } = open(path, done);
  await user.click(within(await step(2)).getByRole('button', { name: 'Move up: Step 2' }));
  expect(await step(1)).toHaveFocus();
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps).toEqual([
    { notify: [{ account: 'robot' }] },
    { on: 'failure', notify: [{ account: 'corp', to: ['chat:oc_1'] }] },
  ]);
});

it('sets how long a step tries, where a later one follows', async () => {
  const { user, asked } = open(path, done);
  await user.type(within(await step(1)).getByRole('textbox', { name: /Go on after/ }), '3m');
  expect(within(await step(2)).queryByRole('textbox', { name: /Go on after/ })).not.toBeInTheDocument();
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[0]).toMatchObject({ give_up: '3m' });
});

it('adds and removes steps and entries', async () => {
  const { user, asked } = open(path, done);
  await user.click(await screen.findByRole('button', { name: 'Add a step for when this fails' }));
  await choose(user, within(await step(3)).getByRole('combobox', { name: /^Account/ }), /Ops robot/);
  await user.click(within(await step(2)).getByRole('button', { name: 'Remove: Step 2' }));
  await user.click(within(await step(2)).getByRole('button', { name: 'Notify by another account too' }));
  await user.click(within(await step(2)).getByRole('button', { name: 'Remove: Entry 2' }));
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0]).steps[1]).toEqual({ on: 'failure', notify: [{ account: 'robot' }] });
});

it('forgets the faults of places that moved', async () => {
  const { user } = open(path, {
    [`PUT ${put}`]: () =>
      new Refusal(422, {
        error: 'x',
        faults: [{ path: 'contact_points[0].steps[1].notify[0].account', message: { en: 'no such account' } }],
      }),
  });
  await step(1);
  await user.click(screen.getByRole('button', { name: 'Save contact point' }));
  expect(await within(await step(2)).findByText('no such account')).toBeInTheDocument();
  await user.click(within(await step(2)).getByRole('button', { name: 'Move up: Step 2' }));
  expect(screen.queryByText('no such account')).not.toBeInTheDocument();
});

it('saves upon the newest settings when others changed something else', async () => {
  let revision = 'r1';
  const { user, asked } = open(path, {
    'GET /v1/contact-points': () => ({ ...saved(payments), revision }),
    [`PUT ${put}`]: () => {
      if (revision === 'r1') {
        revision = 'r2';
        return new Refusal(409, { error: 'somebody else changed the settings', code: 'changed' });
      }
      return { saved: true };
    },
  });
  const title = await screen.findByRole('textbox', { name: /^Title/ });
  await user.type(title, ' team');
  await user.click(screen.getByRole('button', { name: 'Save contact point' }));
  expect(await screen.findByText('somebody else changed the settings')).toBeInTheDocument();
  expect(title).toHaveValue('Payments team');
  await save(user);
  expect(sent(asked, 'PUT', put)).toMatchObject([
    { revision: 'r1' },
    { revision: 'r2', settings: { title: 'Payments team' } },
  ]);
});

it('does not overwrite a change of the same contact point, but loads it when asked to', async () => {
  let point = payments;
  const { user, asked } = open(path, {
    'GET /v1/contact-points': () => ({ ...saved(point), revision: point === payments ? 'r1' : 'r2' }),
    [`PUT ${put}`]: () => {
      point = { ...payments, settings: { title: 'Theirs', steps: [] } };
      return new Refusal(409, { error: 'somebody else changed the settings', code: 'changed' });
    },
  });
  await user.type(await screen.findByRole('textbox', { name: /^Title/ }), ' mine');
  await user.click(screen.getByRole('button', { name: 'Save contact point' }));
  const reload = await screen.findByRole('button', { name: 'Drop my changes and load it again' });
  await user.click(screen.getByRole('button', { name: 'Save contact point' }));
  await waitFor(() => expect(sent(asked, 'PUT', put)).toMatchObject([{ revision: 'r1' }, { revision: 'r1' }]));
  await user.click(reload);
  expect(await screen.findByRole('textbox', { name: /^Title/ })).toHaveValue('Theirs');
});

it('says that there is no such contact point', async () => {
  open('/contact-points/gone/edit');
  expect(await screen.findByText('There is no contact point named gone')).toBeInTheDocument();
});

it('has no form where a file has the configuration, but Grafana and a test', async () => {
  open(path, {
    'GET /v1/contact-points': () => ({
      ...saved({ ...payments, settings: undefined }),
      read_only: true,
      config_path: '/etc/y.yaml',
    }),
  });
  expect(await screen.findByText(/\/etc\/y.yaml/)).toBeInTheDocument();
  expect(screen.queryByRole('form')).not.toBeInTheDocument();
  expect(screen.getByRole('heading', { name: 'Grafana' })).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Test' })).toBeInTheDocument();
});

it('has no form for viewers', async () => {
  as(OrgRole.Viewer);
  open(path, { 'GET /v1/contact-points': () => saved({ ...payments, settings: undefined }) });
  expect(await screen.findByText('Editors change contact points')).toBeInTheDocument();
});

it('saves dollar signs as they are, which are nothing special in contact points', async () => {
  const { user, asked } = open(path, done);
  await user.type(await screen.findByRole('textbox', { name: /^Title/ }), ' $5');
  await save(user);
  expect(settingsOf(sent(asked, 'PUT', put)[0])).toMatchObject({ title: 'Payments $5' });
});
