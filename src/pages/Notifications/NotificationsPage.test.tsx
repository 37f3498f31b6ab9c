import React from 'react';
import { Route, Routes, useLocation } from 'react-router-dom';
import { screen, waitFor, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import { config } from '@grafana/runtime';
import { PLUGIN_BASE } from '../../constants';
import type { Bucket, Delivery } from '../../api/types';
import { playBackend, Refusal, type Handler } from '../../testing/backend';
import { renderAt } from '../../testing/render';
import { NotificationsPage } from './NotificationsPage';

const failed: Delivery = {
  id: 'd-1',
  group_id: 'g-1',
  group_key: 'k',
  source: 'grafana',
  contact_point: 'payments',
  step: 0,
  account: 'feishu-corp',
  type: 'feishu_app',
  target: 'chat:oc_1',
  op: 'send',
  part: 0,
  parts: 0,
  title: 'Payments are slow',
  alerts: ['HighLatency'],
  status: 'firing',
  severity: 'critical',
  state: 'failed',
  reason: 'permission',
  code: '60020',
  text: 'not allow to access from your ip',
  hint: { en: 'Add this server to the trusted addresses' },
  created_at: '2026-11-26T00:00:00Z',
  finished_at: '2026-11-26T00:00:02Z',
  attempts: [
    { at: '2026-11-26T00:00:01Z', op: 'send', latency_ns: 42_000_000, outcome: 'retry', reason: 'unavailable', code: '502' },
    { at: '2026-11-26T00:00:02Z', op: 'send', latency_ns: 3_000_000, outcome: 'failed', reason: 'permission', code: '60020' },
  ],
};

const bucket = (at: string, delivered: number, failures = 0): Bucket => ({
  at,
  delivered,
  failed: failures,
  waiting: 0,
  unknown: 0,
  superseded: 0,
});

const empty: Record<string, Handler> = {
  'GET /v1/contact-points': () => ({ revision: '', read_only: false, contact_points: [] }),
  'GET /v1/accounts': () => ({ revision: '', read_only: false, accounts: [], faults: [] }),
  'GET /v1/people': () => ({ revision: '', read_only: false, people: [] }),
  'GET /v1/types': () => [],
  'GET /v1/history': () => ({ deliveries: [] }),
  'GET /v1/history/figures': () => ({ buckets: [] }),
};

function Address() {
  const { pathname, search } = useLocation();
  return <output aria-label="address">{pathname.slice(PLUGIN_BASE.length) + search}</output>;
}

function open(address: string, handlers: Record<string, Handler> = {}) {
  const asked = playBackend({ ...empty, ...handlers });
  const rendered = renderAt(
    PLUGIN_BASE + address,
    <>
      <Address />
      <Routes>
        <Route path={`${PLUGIN_BASE}/notifications/*`} element={<NotificationsPage />} />
      </Routes>
    </>
  );
  const history = () =>
    asked.filter((a) => a.path.startsWith('/v1/history?')).map((a) => new URLSearchParams(a.path.split('?')[1]));
  return { ...rendered, asked, history };
}

const one = { 'GET /v1/history': () => ({ deliveries: [failed] }), 'GET /v1/history/d-1': () => failed };
const role = config.bootData.user.orgRole;
afterEach(() => {
  jest.restoreAllMocks();
  config.bootData.user.orgRole = role;
});

test('says that it loads', () => {
  open('/notifications');
  expect(screen.getByText('Loading notifications…')).toHaveAttribute('role', 'status');
});

test('says what to do when nothing was ever sent', async () => {
  open('/notifications?range=all');
  expect(await screen.findByText('Nothing was sent yet')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Go to contact points' })).toHaveAttribute('href', `${PLUGIN_BASE}/contact-points`);
});

test('looks at all time when there was nothing lately', async () => {
  const { user, history } = open('/notifications');
  await user.click(await screen.findByRole('button', { name: 'Look at all time' }));
  await waitFor(() => expect(history().at(-1)?.has('since')).toBe(false));
  expect(screen.getByLabelText('address')).toHaveTextContent('/notifications?range=all');
});

test('drops the filters that nothing matches', async () => {
  const { user } = open('/notifications?search=Nope&state=failed');
  await user.click(await screen.findByRole('button', { name: 'Show all notifications' }));
  expect(screen.getByLabelText('address')).toHaveTextContent('/notifications?range=all');
  expect(screen.getByLabelText('Search')).toHaveValue('');
});

test('says why history cannot be read, and tries again', async () => {
  let broken = true;
  const { user } = open('/notifications', {
    'GET /v1/history': () =>
      broken ? new Refusal(500, { error: 'the store is on fire' }) : { deliveries: [failed] },
  });
  expect(await screen.findByText('the store is on fire')).toBeInTheDocument();
  broken = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: 'Payments are slow' })).toBeInTheDocument();
});

test('shows what was sent to whom, and what became of it', async () => {
  open('/notifications', one);
  const row = (await screen.findByRole('link', { name: 'Payments are slow' })).closest('tr');
  expect(row).toHaveTextContent(/Failed.*Critical.*HighLatency.*payments.*Step 1.*feishu-corp.*Chat: oc_1.*Permission missing.*60020/);
});

test('takes all filters from the address', async () => {
  const { history } = open('/notifications?search=HighLatency&contact_point=payments&account=ops&state=unknown&group=g-1');
  await screen.findByText('No notification matches');
  expect(Object.fromEntries(history()[0] ?? [])).toEqual({
    search: 'HighLatency',
    contact_point: 'payments',
    account: 'ops',
    state: 'unknown',
    group: 'g-1',
    limit: '50',
  });
});

test('asks for a week unless told otherwise', async () => {
  const { history } = open('/notifications');
  await screen.findByText('Nothing was sent in this time');
  const since = Date.parse(history()[0]?.get('since') ?? '');
  expect(Math.round((Date.now() - since) / 3_600_000)).toBe(7 * 24);
});

test('searches when typing pauses, and remembers it in the address', async () => {
  const { user, history } = open('/notifications', one);
  await user.type(await screen.findByLabelText('Search'), 'disk');
  await waitFor(() => expect(screen.getByLabelText('address')).toHaveTextContent('/notifications?search=disk'));
  expect(history().map((q) => q.get('search'))).toEqual([null, 'disk']);
});

test('narrows to a preset of time', async () => {
  const { user, history } = open('/notifications', one);
  await user.click(await screen.findByRole('radio', { name: 'Last hour' }));
  await waitFor(() => expect(history()).toHaveLength(2));
  expect(screen.getByLabelText('address')).toHaveTextContent('?range=1h');
});

test('shows other groups again', async () => {
  const { user } = open('/notifications?group=g-1', one);
  await user.click(await screen.findByRole('button', { name: 'Show other alert groups too' }));
  expect(screen.getByLabelText('address')).toHaveTextContent('/notifications?range=all');
});

test('loads more behind what is there', async () => {
  const older = { ...failed, id: 'd-0', title: 'Disk is full' };
  const { user, history } = open('/notifications', {
    'GET /v1/history': ({ path }) =>
      path.includes('after=d-1') ? { deliveries: [older] } : { deliveries: [failed], next: 'd-1' },
  });
  await user.click(await screen.findByRole('button', { name: 'Load more' }));
  expect(await screen.findByRole('link', { name: 'Disk is full' })).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Payments are slow' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Load more' })).not.toBeInTheDocument();
  expect(history()).toHaveLength(2);
});

describe('names', () => {
  const named: Record<string, Handler> = {
    ...one,
    'GET /v1/contact-points': () => ({
      revision: '',
      read_only: false,
      contact_points: [{ name: 'payments', title: 'Payments', path: '', signed: true }],
    }),
    'GET /v1/accounts': () => ({
      revision: '',
      read_only: false,
      faults: [],
      accounts: [{ name: 'feishu-corp', type: 'feishu_app', title: 'Corp app' }],
    }),
    'GET /v1/people': () => ({ revision: '', read_only: false, people: [{ name: 'li', title: 'Li Lei' }] }),
    'GET /v1/types': () => [{ type: 'feishu_app', provider: 'feishu', title: { en: 'Feishu app' }, fields: [] }],
  };
  const at = (target: string, differs: Partial<Delivery> = {}) => ({
    ...named,
    'GET /v1/history': () => ({ deliveries: [{ ...failed, ...differs, target }] }),
    'GET /v1/history/d-1': () => ({ ...failed, ...differs, target }),
  });
  beforeEach(() => {
    config.bootData.user.orgRole = OrgRole.Editor;
  });

  test('are titles in the table, with the raw name as tooltip', async () => {
    open('/notifications', at('chat:oc_1'));
    expect(await screen.findByText('Payments')).toHaveAttribute('title', 'payments');
    expect(await screen.findByText('Corp app')).toHaveAttribute('title', 'feishu-corp');
    expect(screen.getByText('Chat: oc_1')).toHaveAttribute('title', 'chat:oc_1');
  });

  test('are titles of people', async () => {
    open('/notifications', at('person:li'));
    expect(await screen.findByText('Li Lei')).toHaveAttribute('title', 'person:li');
  });

  test('stand beside the raw ones in the details', async () => {
    open('/notifications/d-1', at('phone:138', { source: 'default', group_key: 'test/1' }));
    const details = within(await screen.findByRole('dialog'));
    await details.findByText(/Corp app/);
    const values = details.getAllByRole('definition').map((d) => d.textContent);
    expect(values).toEqual(
      expect.arrayContaining([
        'Payments (payments) · Step 1',
        'Corp app (feishu-corp) · Feishu app',
        'Phone number: 138 (phone:138)',
        'Test (default)',
      ])
    );
  });

  test('stay raw for what is no more', async () => {
    open('/notifications', at('chat:oc_1', { contact_point: 'gone' }));
    expect(await screen.findByText('gone')).not.toHaveAttribute('title');
  });

  test('are titles to filter by', async () => {
    // jsdom lays nothing out, and a list without height shows none of its options.
    jest.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(320);
    const { user } = open('/notifications', named);
    await screen.findByText('Corp app');
    await user.click(screen.getByRole('combobox', { name: 'Account' }));
    await user.click(await screen.findByRole('option', { name: /Corp app/ }));
    expect(screen.getByLabelText('address')).toHaveTextContent('?account=feishu-corp');
  });
});

describe('chart', () => {
  const figures = {
    ...one,
    'GET /v1/history/figures': () => ({ buckets: [bucket('2026-11-26T00:00:00Z', 5, 1), bucket('2026-11-26T01:00:00Z', 2)] }),
  };

  test('counts what became of deliveries', async () => {
    open('/notifications', figures);
    const chart = await screen.findByRole('figure', { name: 'Deliveries over time' });
    expect(within(chart).getByText('Delivered 7')).toBeInTheDocument();
    expect(within(chart).getByText('Failed 1')).toBeInTheDocument();
  });

  test('is a table too, from which the time is narrowed', async () => {
    const { user } = open('/notifications', figures);
    await user.click(await screen.findByRole('button', { name: 'Show as a table' }));
    const chart = screen.getByRole('figure');
    expect(within(chart).getAllByRole('row').map((r) => r.textContent)).toEqual([
      'SinceWaitingDeliveredFailedUnknownSuperseded',
      expect.stringMatching(/05100$/),
      expect.stringMatching(/02000$/),
    ]);
    await user.click(within(chart).getByRole('button', { name: 'Show only the time since 2026-11-26 00:00:00' }));
    expect(screen.getByLabelText('address')).toHaveTextContent(
      `?${new URLSearchParams({ since: '2026-11-26T00:00:00Z', until: '2026-11-26T01:00:00Z' })}`
    );
  });

  test('is asked for by contact point and account', async () => {
    const { asked } = open('/notifications?contact_point=payments&account=ops&range=24h', figures);
    await screen.findByRole('figure');
    const path = asked.find((a) => a.path.startsWith('/v1/history/figures'))?.path ?? '';
    const query = new URLSearchParams(path.split('?')[1]);
    expect([query.get('contact_point'), query.get('account'), query.get('buckets')]).toEqual(['payments', 'ops', '24']);
  });

  test('says in a line that it cannot be drawn', async () => {
    open('/notifications', { ...figures, 'GET /v1/history/figures': () => new Refusal(500, { error: 'no' }) });
    expect(await screen.findByText(/deliveries over time could not be read/)).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Payments are slow' })).toBeInTheDocument();
  });

  test('is not drawn for a search, which the figures do not know', async () => {
    const { asked } = open('/notifications?search=x', figures);
    await screen.findByRole('link', { name: 'Payments are slow' });
    expect(screen.queryByRole('figure')).not.toBeInTheDocument();
    expect(asked.some((a) => a.path.startsWith('/v1/history/figures'))).toBe(false);
  });
});

describe('details', () => {
  test('open from the table and close to it, filters kept', async () => {
    const { user } = open('/notifications?contact_point=payments', one);
    await user.click(await screen.findByRole('link', { name: 'Payments are slow' }));
    expect(screen.getByLabelText('address')).toHaveTextContent('/notifications/d-1?contact_point=payments');
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Close' }));
    expect(screen.getByLabelText('address')).toHaveTextContent('/notifications?contact_point=payments');
  });

  test('say why, in the words of the provider and in ours', async () => {
    open('/notifications/d-1', one);
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('Nobody was reached by this delivery');
    expect(alert).toHaveTextContent('not allow to access from your ip');
    expect(alert).toHaveTextContent('Add this server to the trusted addresses');
  });

  test('list every attempt', async () => {
    open('/notifications/d-1', one);
    const attempts = within(await screen.findByRole('list', { name: 'Attempts' })).getAllByRole('listitem');
    expect(attempts.map((a) => a.textContent)).toEqual([
      expect.stringMatching(/tried again later.*Send.*42 ms.*Provider unavailable.*502/),
      expect.stringMatching(/Failed for good.*Send.*3\.0 ms.*60020/),
    ]);
  });

  test('lead to the digest, to those left out, to notes and to the group', async () => {
    const folded: Delivery = {
      ...failed,
      state: 'superseded',
      folded_into: 'd-9',
      refused: [{ target: 'user:ou_2', reason: 'recipient', code: '230013' }],
      notes: [{ en: 'The title was cut' }],
      progress: { fate: 'read', readers: ['ou_3'] },
    };
    open('/notifications/d-1', { ...one, 'GET /v1/history/d-1': () => folded });
    expect(await screen.findByRole('link', { name: /digest/ })).toHaveAttribute('href', `${PLUGIN_BASE}/notifications/d-9`);
    expect(screen.getByRole('link', { name: /alert group/ })).toHaveAttribute('href', `${PLUGIN_BASE}/notifications?group=g-1`);
    expect(screen.getByText('User ID: ou_2')).toBeInTheDocument();
    expect(screen.getByText('The title was cut')).toBeInTheDocument();
    expect(screen.getByText(/Read: ou_3/)).toBeInTheDocument();
  });

  test('say that there is no such notification', async () => {
    open('/notifications/gone', { 'GET /v1/history/gone': () => new Refusal(404, { error: 'no delivery gone' }) });
    expect(await screen.findByText('no delivery gone')).toBeInTheDocument();
  });
});

describe('sending again', () => {
  const resend = { 'POST /v1/history/d-1/resend': () => ({ queued: true }) };
  const sent = (asked: ReturnType<typeof open>['asked']) => asked.filter((a) => a.method === 'POST').map((a) => a.path);

  test('is one click for what failed', async () => {
    config.bootData.user.orgRole = OrgRole.Editor;
    const { user, asked } = open('/notifications/d-1', { ...one, ...resend });
    await user.click(await screen.findByRole('button', { name: 'Send again' }));
    await waitFor(() => expect(sent(asked)).toEqual(['/v1/history/d-1/resend']));
  });

  test('is confirmed for what may have arrived', async () => {
    config.bootData.user.orgRole = OrgRole.Editor;
    const { user, asked } = open('/notifications/d-1', {
      ...one,
      ...resend,
      'GET /v1/history/d-1': () => ({ ...failed, state: 'unknown' }),
    });
    await user.click(await screen.findByRole('button', { name: 'Send again' }));
    const question = await screen.findByRole('dialog', { name: 'Send again?' });
    expect(question).toHaveTextContent('told twice');
    expect(sent(asked)).toEqual([]);
    await user.click(within(question).getByRole('button', { name: 'Send again' }));
    await waitFor(() => expect(sent(asked)).toEqual(['/v1/history/d-1/resend']));
  });

  test('is not offered to viewers', async () => {
    config.bootData.user.orgRole = OrgRole.Viewer;
    open('/notifications/d-1', one);
    await screen.findByRole('list', { name: 'Attempts' });
    expect(screen.queryByRole('button', { name: 'Send again' })).not.toBeInTheDocument();
  });

  test('is not offered for what was delivered', async () => {
    config.bootData.user.orgRole = OrgRole.Editor;
    open('/notifications/d-1', { ...one, 'GET /v1/history/d-1': () => ({ ...failed, state: 'delivered' }) });
    await screen.findByRole('list', { name: 'Attempts' });
    expect(screen.queryByRole('button', { name: 'Send again' })).not.toBeInTheDocument();
  });

  test('says why it was refused', async () => {
    config.bootData.user.orgRole = OrgRole.Editor;
    const { user } = open('/notifications/d-1', {
      ...one,
      'POST /v1/history/d-1/resend': () => new Refusal(409, { error: 'it is on its way already' }),
    });
    await user.click(await screen.findByRole('button', { name: 'Send again' }));
    expect(await screen.findByText('it is on its way already')).toBeInTheDocument();
  });
});
