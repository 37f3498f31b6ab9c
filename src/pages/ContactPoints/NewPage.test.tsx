import { screen, waitFor, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import { Refusal } from '../../testing/backend';
import { as, open, payments, saved, sent, toSave } from '../../testing/contactPoints';
import { asksToLeave } from '../../testing/leave';

beforeEach(() => as(OrgRole.Admin));

const address = () => screen.getByLabelText('address').textContent;

describe('choosing a type', () => {
  it('shows what every type is and can do', async () => {
    open('/contact-points/new');
    const type = within(await screen.findByRole('button', { name: 'Chat app' }));
    expect(type.getByText('Cards for people and groups')).toBeInTheDocument();
    expect(type.getByText('Urgent: app / phone')).toBeInTheDocument();
    expect(type.getByText('Mentions')).toBeInTheDocument();
    expect(type.getByText('Recalls messages')).toBeInTheDocument();
    expect(type.getByText('20 a minute')).toBeInTheDocument();
    expect(
      within(screen.getByRole('button', { name: 'Phone call' })).getByText('Makes a phone ring')
    ).toBeInTheDocument();
  });

  it('finds types by what they do', async () => {
    const { user } = open('/contact-points/new');
    await user.type(await screen.findByRole('textbox', { name: 'Search types' }), 'aloud');
    expect(within(screen.getByRole('list', { name: 'Types' })).getAllByRole('button')).toHaveLength(1);
  });

  it('shows all again when none fits', async () => {
    const { user } = open('/contact-points/new');
    await user.type(await screen.findByRole('textbox', { name: 'Search types' }), 'nothing like it');
    await user.click(screen.getByRole('button', { name: 'Show all types' }));
    expect(within(screen.getByRole('list', { name: 'Types' })).getAllByRole('button')).toHaveLength(3);
  });

  it('leads to the accounts of the type', async () => {
    const { user } = open('/contact-points/new');
    await user.click(await screen.findByRole('button', { name: 'Chat app' }));
    await user.click(screen.getByRole('button', { name: 'Corp app' }));
    expect(address()).toBe('/contact-points/new?type=chat_app&account=corp');
    expect(screen.getByRole('form', { name: 'Contact point' })).toBeInTheDocument();
  });

  it('leads an admin to a new account, and back afterwards, when the type has none', async () => {
    open('/contact-points/new?type=phone_call');
    expect(await screen.findByRole('link', { name: 'New account' })).toHaveAttribute(
      'href',
      '/a/yunluo-notify-app/accounts/new?type=phone_call&then=contact-point'
    );
  });

  it('tells an editor who makes accounts', async () => {
    as(OrgRole.Editor);
    open('/contact-points/new?type=phone_call');
    expect(await screen.findByText(/an admin has to make it/)).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'New account' })).not.toBeInTheDocument();
  });

  it('goes back to the types', async () => {
    const { user } = open('/contact-points/new?type=phone_call');
    await user.click(await screen.findByRole('button', { name: 'Another type' }));
    expect(screen.getByRole('list', { name: 'Types' })).toBeInTheDocument();
  });
});

describe('saving', () => {
  it('saves what was entered, and goes on to Grafana', async () => {
    let points = saved();
    const { user, asked } = open('/contact-points/new?account=robot', {
      'GET /v1/contact-points': () => points,
      'PUT /v1/contact-points/ops': () => {
        points = saved({ ...payments, name: 'ops', title: 'Ops' });
        return { saved: false, save: toSave };
      },
      'POST /v1/contact-points/ops/grafana': () => new Refusal(409, { error: 'no token' }),
    });
    await user.type(await screen.findByRole('textbox', { name: /^Title/ }), 'Ops');
    await user.click(screen.getByRole('button', { name: 'Save contact point' }));
    expect(await screen.findByText('The contact point is saved')).toBeInTheDocument();
    expect(sent(asked, 'PUT', '/v1/contact-points/ops')).toEqual([
      { revision: 'r1', create: true, settings: { title: 'Ops', steps: [{ notify: [{ account: 'robot' }] }] } },
    ]);
    expect(sent(asked, 'POST', '/api/plugins/yunluo-notify-app/settings')).toEqual([toSave]);
    expect(address()).toBe('/contact-points/ops/edit');
  });

  it('asks before a name that was entered is lost', async () => {
    const { user } = open('/contact-points/new?account=robot');
    await user.type(await screen.findByLabelText(/^Name/), 'ops');
    expect(await asksToLeave()).toBe(true);
  });

  it('wants a name that the configuration can have', async () => {
    const { user, asked } = open('/contact-points/new?account=robot');
    await user.type(await screen.findByLabelText(/^Name/), 'Ops Team');
    await user.click(screen.getByRole('button', { name: 'Save contact point' }));
    expect(screen.getByRole('alert')).toHaveTextContent('Enter a name of lower-case letters');
    expect(asked.filter((a) => a.method === 'PUT')).toEqual([]);
  });

  it('does not take a name that is taken', async () => {
    const { user } = open('/contact-points/new?account=robot');
    await user.type(await screen.findByLabelText(/^Name/), 'payments');
    await user.click(screen.getByRole('button', { name: 'Save contact point' }));
    expect(screen.getByRole('alert')).toHaveTextContent('There is a contact point with this name already');
  });

  it('shows faults of the new contact point at their fields, and others in a list', async () => {
    const { user } = open('/contact-points/new?account=corp', {
      'PUT /v1/contact-points/ops': () =>
        new Refusal(422, {
          error: 'faults',
          code: 'invalid_configuration',
          faults: [
            { path: 'contact_points[1].steps[0].notify[0].to', message: { en: 'to is missing' } },
            { path: 'contact_points[1].steps[0].notify[0]', message: { en: 'this entry is odd' } },
            { path: 'contact_points[1].template.title', message: { en: 'no such field' } },
            { path: 'people[0].email', message: { en: 'not an address' } },
          ],
        }),
    });
    await user.type(await screen.findByLabelText(/^Name/), 'ops');
    await user.click(screen.getByRole('button', { name: 'Save contact point' }));
    const entry = within(await screen.findByRole('group', { name: 'Entry 1' }));
    await waitFor(() => expect(entry.getByText('to is missing')).toBeInTheDocument());
    expect(entry.getByText('this entry is odd')).toBeInTheDocument();
    expect(entry.queryByText('no such field')).not.toBeInTheDocument();
    expect(screen.getByText('no such field')).toBeInTheDocument();
    expect(screen.getByText('not an address')).toBeInTheDocument();
  });
});

it('does not draw a form for viewers', async () => {
  as(OrgRole.Viewer);
  open('/contact-points/new');
  expect(await screen.findByText('Editors change contact points')).toBeInTheDocument();
});

it('does not draw a form where a file has the configuration', async () => {
  open('/contact-points/new', {
    'GET /v1/contact-points': () => ({ ...saved(), read_only: true, config_path: '/etc/y.yaml' }),
  });
  expect(await screen.findByText(/\/etc\/y.yaml/)).toBeInTheDocument();
});

it('says why the form cannot be drawn', async () => {
  open('/contact-points/new', { 'GET /v1/accounts': () => new Refusal(500, { error: 'broken settings' }) });
  expect(await screen.findByText('broken settings')).toBeInTheDocument();
});
