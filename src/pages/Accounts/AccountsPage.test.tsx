import { screen, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import { PLUGIN_BASE } from '../../constants';
import { as, open, saved, toSave } from '../../testing/accounts';
import { Refusal } from '../../testing/backend';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  PluginPage: jest.requireActual('../../testing/pluginPage').PluginPage,
}));

const card = async (title: string) => within(await screen.findByRole('listitem', { name: title }));
beforeEach(() => as(OrgRole.Admin));

describe('the list', () => {
  test('shows title, name, type and whether the secrets are set', async () => {
    open('/accounts');
    const corp = await card('Corp app');
    expect(corp.getByText('corp')).toBeInTheDocument();
    expect(corp.getByText('Feishu app')).toBeInTheDocument();
    expect(corp.getByText('Secrets configured')).toBeInTheDocument();
    expect((await card('bare')).getByText('Secrets missing')).toBeInTheDocument();
  });

  test('says what to do when there is none', async () => {
    open('/accounts', { 'GET /v1/accounts': () => ({ ...saved, accounts: [] }) });
    expect(await screen.findByText('There are no accounts yet')).toBeInTheDocument();
    expect(screen.getByText('New account').closest('a')).toHaveAttribute('href', `${PLUGIN_BASE}/accounts/new`);
  });

  test('can be loaded again after an error', async () => {
    let down = true;
    const { user } = open('/accounts', {
      'GET /v1/accounts': () => (down ? new Refusal(500, { error: 'the disk is full' }) : saved),
    });
    expect(await screen.findByText('the disk is full')).toBeInTheDocument();
    down = false;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Corp app')).toBeInTheDocument();
  });

  test("shows a fault at the account that it is in, and others' above", async () => {
    open('/accounts', {
      'GET /v1/accounts': () => ({
        ...saved,
        faults: [
          { path: 'accounts.bare.app_id', message: { en: 'is missing' }, hint: { en: 'enter the app id' } },
          { path: 'contact_points[0]', message: { en: 'no such account' } },
        ],
      }),
    });
    const bare = await card('bare');
    expect(bare.getByText(/is missing/)).toBeInTheDocument();
    expect(bare.getByText('enter the app id')).toBeInTheDocument();
    expect(bare.queryByText(/no such account/)).not.toBeInTheDocument();
    expect(screen.getByText(/no such account/)).toBeInTheDocument();
  });

  test('gives editors names and types only', async () => {
    as(OrgRole.Editor);
    open('/accounts');
    const corp = await card('Corp app');
    expect(corp.queryByRole('button')).not.toBeInTheDocument();
    expect(screen.queryByRole('link', { name: /Edit/ })).not.toBeInTheDocument();
    expect(screen.getByText('Only admins see and change the settings of accounts')).toBeInTheDocument();
  });

  test('asks nothing for viewers', async () => {
    as(OrgRole.Viewer);
    const { asked } = open('/accounts');
    expect(await screen.findByText('Accounts are for editors and admins')).toBeInTheDocument();
    expect(asked).toEqual([]);
  });

  test('offers no change when a file has the configuration', async () => {
    open('/accounts', {
      'GET /v1/accounts': () => ({ ...saved, read_only: true, config_path: '/etc/yunluo/yunluo.yaml' }),
    });
    expect(await screen.findByText(/\/etc\/yunluo\/yunluo.yaml/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Delete/ })).not.toBeInTheDocument();
    expect(screen.queryByRole('link', { name: /Edit/ })).not.toBeInTheDocument();
  });

  test('shows each check of a probe', async () => {
    const { user } = open('/accounts', {
      'POST /v1/accounts/corp/probe': () => ({
        account: 'corp',
        type: 'feishu_app',
        ok: false,
        checks: [
          { name: { en: 'credentials' }, ok: true },
          { name: { en: 'bot' }, ok: false, detail: '99991672', hint: { en: 'switch the bot on' } },
        ],
      }),
    });
    await user.click(await screen.findByRole('button', { name: 'Probe Corp app' }));
    const checks = within(await screen.findByRole('list', { name: 'Checks of Corp app' })).getAllByRole('listitem');
    expect(checks).toHaveLength(2);
    expect(checks[0]).toHaveTextContent('credentials');
    expect(checks[1]).toHaveTextContent('bot99991672switch the bot on');
  });

  test('deletes after a confirmation', async () => {
    const { user, asked } = open('/accounts', { 'DELETE /v1/accounts/corp': () => ({ saved: false, save: toSave }) });
    await user.click(await screen.findByRole('button', { name: 'Delete Corp app' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Delete' }));
    expect(asked).toContainEqual({ method: 'DELETE', path: '/v1/accounts/corp?revision=r1', body: undefined });
    expect(asked).toContainEqual({ method: 'POST', path: '/api/plugins/yunluo-notify-app/settings', body: toSave });
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  test('says which contact points use an account that is to be deleted', async () => {
    const { user } = open('/accounts', {
      'DELETE /v1/accounts/corp': () =>
        new Refusal(422, {
          error: 'no',
          code: 'invalid_configuration',
          faults: [{ path: 'contact_points[0]', message: { en: 'payments uses this account' } }],
        }),
    });
    await user.click(await screen.findByRole('button', { name: 'Delete Corp app' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Delete' }));
    expect(await within(screen.getByRole('dialog')).findByText(/payments uses this account/)).toBeInTheDocument();
  });
});
