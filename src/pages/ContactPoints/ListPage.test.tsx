import { screen, waitFor, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import { Refusal } from '../../testing/backend';
import { as, linked, open, payments, saved, sent, toSave } from '../../testing/contactPoints';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  PluginPage: jest.requireActual('../../testing/pluginPage').PluginPage,
}));

/** A browser that shows everything at once. */
class AllInView {
  constructor(private readonly tell: (entries: Array<{ isIntersecting: boolean }>) => void) {}
  observe() {
    this.tell([{ isIntersecting: true }]);
  }
  unobserve() {}
  disconnect() {}
}

const nothingSeen = global.IntersectionObserver;

beforeEach(() => {
  as(OrgRole.Editor);
  Object.assign(global, { IntersectionObserver: AllInView });
});

afterAll(() => {
  Object.assign(global, { IntersectionObserver: nothingSeen });
});

const card = () => screen.findByRole('article', { name: 'Payments' });

it('says that it loads', () => {
  open('/contact-points');
  expect(screen.getByText('Loading contact points…')).toBeInTheDocument();
});

it('leads to the first contact point when there is none', async () => {
  open('/contact-points', { 'GET /v1/contact-points': () => saved() });
  expect(await screen.findByText('There is no contact point yet')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'New contact point' })).toBeInTheDocument();
});

it('says why nothing could be loaded, and tries again', async () => {
  let fails = true;
  const { user } = open('/contact-points', {
    'GET /v1/contact-points': () => (fails ? new Refusal(409, { error: 'the core is gone' }) : saved(payments)),
  });
  expect(await screen.findByText('the core is gone')).toBeInTheDocument();
  fails = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await card()).toBeInTheDocument();
});

it('shows the types that a contact point sends by, in order', async () => {
  open('/contact-points');
  await screen.findByRole('img', { name: 'Chat app' });
  expect(
    within(await card())
      .getAllByRole('img')
      .map((i) => i.getAttribute('aria-label'))
  ).toEqual(['Chat app', 'Group robot']);
});

it('shows the newest delivery, with the way to all of them', async () => {
  open('/contact-points');
  expect(within(await card()).getByText('Failed')).toBeInTheDocument();
  expect(within(await card()).getByRole('link', { name: 'Notifications' })).toHaveAttribute(
    'href',
    '/a/yunluo-notify-app/notifications?contact_point=payments'
  );
});

it('says that nothing was sent yet', async () => {
  open('/contact-points', { 'GET /v1/contact-points': () => saved({ ...payments, last: undefined }) });
  expect(await screen.findByText('Nothing sent yet')).toBeInTheDocument();
});

it.each([
  [{}, 'Created in Grafana'],
  [{ exists: false }, 'Not created in Grafana'],
  [{ differences: ['url'] }, 'Differs in Grafana'],
  [{ provenance: 'file' }, 'Provisioned in Grafana'],
  [{ routes: 2 }, 'Used by 2 notification policies'],
  [{ routes: 0 }, 'No notification policy uses it yet'],
  [{ routes: 0, rules: 2 }, 'Used by 2 alert rules'],
])('tells of %j in Grafana: %s', async (state, words) => {
  open('/contact-points', { 'POST /v1/contact-points/payments/grafana': () => ({ state: { ...linked, ...state } }) });
  expect(await screen.findByText(words)).toBeInTheDocument();
});

it('asks Grafana only what it has, with the login of the user', async () => {
  const answers = [{ ask: { method: 'GET', path: '/api/what' } }, { state: linked }];
  const { asked } = open('/contact-points', {
    'POST /v1/contact-points/payments/grafana': () => answers.shift(),
    'GET /api/what': () => ['x'],
  });
  await screen.findByText('Created in Grafana');
  expect(sent(asked, 'POST', '/v1/contact-points/payments/grafana')[1]).toEqual({
    write: false,
    answers: [{ status: 200, body: ['x'] }],
  });
});

it('does not make much of a Grafana that cannot be asked', async () => {
  open('/contact-points', {
    'POST /v1/contact-points/payments/grafana': () => new Refusal(409, { error: 'no token' }),
  });
  expect(await screen.findByText('State in Grafana not known')).toBeInTheDocument();
});

it('deletes after asking, and lets the user save what is left', async () => {
  const { user, asked } = open('/contact-points', {
    'DELETE /v1/contact-points/payments': () => ({ saved: false, save: toSave }),
  });
  await user.click(await screen.findByRole('button', { name: 'Delete Payments' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(asked.find((a) => a.method === 'DELETE')?.path).toBe('/v1/contact-points/payments?revision=r1');
  expect(sent(asked, 'POST', '/api/plugins/yunluo-notify-app/settings')).toEqual([toSave]);
});

it('says in the dialog why nothing was deleted', async () => {
  const { user } = open('/contact-points', {
    'DELETE /v1/contact-points/payments': () =>
      new Refusal(409, { error: 'somebody else changed it', code: 'changed' }),
  });
  await user.click(await screen.findByRole('button', { name: 'Delete Payments' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Delete' }));
  expect(await within(screen.getByRole('dialog')).findByText('somebody else changed it')).toBeInTheDocument();
});

it('finds one of many', async () => {
  const many = [1, 2, 3, 4, 5].map((n) => ({ ...payments, name: `p${n}`, title: `Point ${n}`, settings: undefined }));
  const { user } = open('/contact-points', {
    'GET /v1/contact-points': () => saved(payments, ...many),
    ...Object.fromEntries(many.map((p) => [`POST /v1/contact-points/${p.name}/grafana`, () => ({ state: linked })])),
  });
  await user.type(await screen.findByRole('textbox', { name: 'Search contact points' }), 'point 3');
  expect(screen.getAllByRole('article').map((a) => a.getAttribute('aria-label'))).toEqual(['Point 3']);
});

it('offers viewers nothing but to look, and asks nothing that they may not', async () => {
  as(OrgRole.Viewer);
  const { asked } = open('/contact-points', {
    'GET /v1/contact-points': () => saved({ ...payments, settings: undefined }),
  });
  const one = within(await card());
  expect(one.queryByRole('button')).not.toBeInTheDocument();
  expect(one.queryByRole('link', { name: /Payments/ })).not.toBeInTheDocument();
  expect(asked.map((a) => a.path)).not.toContain('/v1/accounts');
  expect(screen.queryByRole('link', { name: 'New contact point' })).not.toBeInTheDocument();
});

it('says when the settings that it shows are not in force', async () => {
  open('/contact-points', {
    'GET /v1/contact-points': () => saved(payments),
    'GET /v1/health': () => ({ read_only: false, ready: true, problems: [{ en: 'the newest settings have faults' }], build: '', waiting: 0 }),
  });
  expect(await screen.findByText('the newest settings have faults')).toBeInTheDocument();
});

it('leads to the alert rules where only they use it', async () => {
  open('/contact-points', {
    'POST /v1/contact-points/payments/grafana': () => ({ state: { ...linked, routes: 0, rules: 2 } }),
  });
  expect(await screen.findByRole('link', { name: 'Used by 2 alert rules' })).toHaveAttribute('href', '/alerting/list');
});

it('offers an editor no change that only admins may save, and says who can allow it', async () => {
  as(OrgRole.Editor);
  open('/contact-points', { 'GET /v1/contact-points': () => ({ ...saved(payments), admins_only: true }) });
  expect(await screen.findByText('Only admins can save changes here')).toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'New contact point' })).not.toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Delete Payments' })).not.toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Test Payments' })).toBeInTheDocument();
});

it('says where the file is that has the configuration, and offers no change', async () => {
  open('/contact-points', {
    'GET /v1/contact-points': () => ({ ...saved(payments), read_only: true, config_path: '/etc/yunluo.yaml' }),
  });
  expect(await screen.findByText(/\/etc\/yunluo.yaml/)).toBeInTheDocument();
  const one = within(await card());
  expect(one.queryByRole('button', { name: /Delete/ })).not.toBeInTheDocument();
  expect(one.getByRole('button', { name: 'Test Payments' })).toBeInTheDocument();
});
