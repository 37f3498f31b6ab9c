import React from 'react';
import { screen, within } from '@testing-library/react';
import { AppPlugin, OrgRole, PluginType, type AppPluginMeta } from '@grafana/data';
import type { Defaults, GrafanaAccess, Health } from '../../api/types';
import { as, toSave } from '../../testing/accounts';
import { playBackend, Refusal, type Handler } from '../../testing/backend';
import { asksToLeave } from '../../testing/leave';
import { renderAt } from '../../testing/render';
import { Configuration } from './Configuration';
import { reload } from './reload';

jest.mock('./reload');

const settings = '/api/plugins/yunluo-notify-app/settings';

const health: Health = {
  read_only: false,
  revision: 'r1',
  ready: true,
  problems: [],
  build: 'v0.1.0',
  data_dir: '/var/lib/grafana/yunluo',
  waiting: 3,
};
const access: GrafanaAccess = {
  revision: 'r1',
  url: '',
  app_url: 'https://grafana.example.com/',
  webhook_token: false,
  settings_token: false,
  managed: false,
};
const defaults: Defaults = {
  read_only: false,
  revision: 'r1',
  defaults: { language: 'en', fold: false },
  public_url: 'https://grafana.example.com',
};

interface Play {
  enabled?: boolean;
  access?: Partial<GrafanaAccess>;
  handlers?: Record<string, Handler>;
}

function open({ enabled = true, access: differs, handlers }: Play = {}) {
  const asked = playBackend({
    'GET /v1/health': () => health,
    'GET /v1/grafana': () => ({ ...access, ...differs }),
    'GET /v1/defaults': () => defaults,
    'DELETE /v1/settings/sealed': () => ({ forgotten: true }),
    [`GET ${settings}`]: () => ({ jsonData: { accounts: { corp: {} } } }),
    [`POST ${settings}`]: () => ({}),
    'GET /api/serviceaccounts/search': () => ({ serviceAccounts: [{ id: 7, name: 'yunluo', role: 'Viewer' }] }),
    'POST /api/serviceaccounts': ({ body }) => ({ id: 8, ...(body as object) }),
    'POST /api/serviceaccounts/7/tokens': () => ({ key: 'glsa_viewer' }),
    'POST /api/serviceaccounts/8/tokens': () => ({ key: 'glsa_admin' }),
    'PUT /v1/grafana': () => ({ saved: false, save: toSave }),
    ...handlers,
  });
  const plugin = new AppPlugin<{}>();
  const meta: Partial<AppPluginMeta> = { id: 'yunluo-notify-app', type: PluginType.app, enabled };
  plugin.meta = meta as AppPluginMeta;
  return { ...renderAt('/plugins/yunluo-notify-app', <Configuration plugin={plugin} query={{}} />), asked };
}

const confirm = (name: string) => within(screen.getByRole('dialog')).getByRole('button', { name });

beforeEach(() => {
  as(OrgRole.Admin);
  jest.mocked(reload).mockClear();
});

test('is for admins', () => {
  as(OrgRole.Editor);
  const { asked } = open();
  expect(screen.getByText('Only admins configure the app')).toBeInTheDocument();
  expect(asked).toEqual([]);
});

describe('the app', () => {
  test('is enabled with what is stored, and Grafana loads again', async () => {
    const { user, asked } = open({ enabled: false });
    await user.click(screen.getByRole('button', { name: 'Enable' }));
    expect(asked).toEqual([
      { method: 'GET', path: settings, body: undefined },
      {
        method: 'POST',
        path: settings,
        body: { enabled: true, pinned: true, jsonData: { accounts: { corp: {} } }, secureJsonData: {} },
      },
    ]);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  test('leaves no sealed settings when it is disabled', async () => {
    const { user, asked } = open();
    await user.click(screen.getByRole('button', { name: 'Disable' }));
    await user.click(confirm('Disable'));
    expect(asked.filter((a) => a.method !== 'GET').map((a) => a.method + ' ' + a.path)).toEqual([
      'DELETE /v1/settings/sealed',
      `POST ${settings}`,
    ]);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  test('stays enabled when the sealed settings cannot be deleted', async () => {
    const { user, asked } = open({
      handlers: { 'DELETE /v1/settings/sealed': () => new Refusal(503, { error: 'the disk is read-only' }) },
    });
    await user.click(screen.getByRole('button', { name: 'Disable' }));
    await user.click(confirm('Disable'));
    expect(await screen.findByText('the disk is read-only')).toBeInTheDocument();
    expect(asked.find((a) => a.path === settings)).toBeUndefined();
    expect(reload).not.toHaveBeenCalled();
  });
});

describe('the state', () => {
  test('tells what runs where', async () => {
    open();
    const state = within(await screen.findByRole('region', { name: 'State' }));
    expect(await state.findByText('Ready: alerts are taken and stored')).toBeInTheDocument();
    expect(state.getByText('/var/lib/grafana/yunluo')).toBeInTheDocument();
    expect(state.getByText('3')).toBeInTheDocument();
  });

  test('names the core and the file of one that it is attached to', async () => {
    open({
      handlers: {
        'GET /v1/health': () => ({
          ...health,
          read_only: true,
          core: 'unix:/run/yunluo.sock',
          config_path: '/etc/y.yaml',
        }),
      },
    });
    expect(await screen.findByText('unix:/run/yunluo.sock')).toBeInTheDocument();
    expect(screen.getByText('/etc/y.yaml')).toBeInTheDocument();
    expect(screen.queryByText('/var/lib/grafana/yunluo')).not.toBeInTheDocument();
  });

  test('lists problems and faults', async () => {
    open({
      handlers: {
        'GET /v1/health': () => ({
          ...health,
          ready: false,
          problems: [{ en: 'the store is full' }],
          faults: [{ path: 'accounts.corp', message: { en: 'no such type' } }],
        }),
      },
    });
    expect(await screen.findByText('the store is full')).toBeInTheDocument();
    expect(screen.getByText(/no such type/)).toBeInTheDocument();
    expect(screen.getByText('Not ready: alerts are refused')).toBeInTheDocument();
  });

  test("shows each account's checks, also when Grafana says that something is wrong", async () => {
    const { user } = open({
      handlers: {
        'GET /api/plugins/yunluo-notify-app/health': () =>
          new Refusal(503, {
            status: 'ERROR',
            message: 'corp: token',
            details: {
              ...health,
              accounts: [
                { account: 'corp', type: 'feishu_app', ok: false, checks: [{ name: { en: 'token' }, ok: false }] },
              ],
            },
          }),
      },
    });
    await user.click(screen.getByRole('button', { name: 'Check all accounts' }));
    expect(await screen.findByRole('list', { name: 'Checks of corp' })).toHaveTextContent('token');
  });

  test('says when the check itself failed', async () => {
    const { user } = open({
      handlers: {
        'GET /api/plugins/yunluo-notify-app/health': () => new Refusal(500, { message: 'plugin unavailable' }),
      },
    });
    await user.click(screen.getByRole('button', { name: 'Check all accounts' }));
    expect(await screen.findByText('plugin unavailable')).toBeInTheDocument();
  });
});

describe('the access to Grafana', () => {
  const put = (asked: Array<{ method: string; path: string; body: unknown }>) =>
    asked.find((a) => a.method === 'PUT' && a.path === '/v1/grafana')?.body;

  test('is set up with a token of a viewer', async () => {
    const { user, asked } = open();
    await user.type(await screen.findByRole('textbox', { name: /address/ }), 'http://localhost:3000');
    await user.click(screen.getByRole('button', { name: 'Set up' }));
    expect(put(asked)).toEqual({ revision: 'r1', url: 'http://localhost:3000', webhook_token: 'glsa_viewer' });
    expect(asked).toContainEqual({ method: 'POST', path: settings, body: toSave });
  });

  test('lets editors save only after a confirmation, with both tokens new', async () => {
    const { user, asked } = open({ access: { webhook_token: true } });
    await user.click(await screen.findByRole('button', { name: 'Let editors change them' }));
    expect(put(asked)).toBeUndefined();
    await user.click(confirm('Allow'));
    expect(put(asked)).toEqual({ revision: 'r1', webhook_token: 'glsa_viewer', settings_token: 'glsa_admin' });
    expect(asked).toContainEqual({
      method: 'POST',
      path: '/api/serviceaccounts',
      body: { name: 'yunluo-settings', role: 'Admin', isDisabled: false },
    });
  });

  test('takes back what editors may', async () => {
    const { user, asked } = open({ access: { webhook_token: true, settings_token: true } });
    await user.click(await screen.findByRole('button', { name: 'Take back' }));
    await user.click(confirm('Take back'));
    expect(put(asked)).toEqual({ revision: 'r1', webhook_token: 'glsa_viewer' });
  });

  test('keeps what editors may when the tokens are renewed', async () => {
    const { user, asked } = open({ access: { webhook_token: true, settings_token: true } });
    await user.click(await screen.findByRole('button', { name: 'New token' }));
    await user.click(confirm('Make new tokens'));
    expect(put(asked)).toMatchObject({ webhook_token: 'glsa_viewer', settings_token: 'glsa_admin' });
  });

  test('says what Grafana refuses', async () => {
    const { user } = open({
      handlers: {
        'GET /api/serviceaccounts/search': () => new Refusal(403, { message: 'You need serviceaccounts:read' }),
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Set up' }));
    expect(await screen.findByText('You need serviceaccounts:read')).toBeInTheDocument();
  });
});

describe('the defaults', () => {
  test('are saved with what the form does not know', async () => {
    const { user, asked } = open({ handlers: { 'PUT /v1/defaults': () => ({ saved: false, save: toSave }) } });
    await user.type(await screen.findByRole('textbox', { name: /Duplicate window/ }), '5m');
    await user.click(screen.getByRole('button', { name: 'Save defaults' }));
    expect(await screen.findByText('Saved')).toBeInTheDocument();
    expect(asked.find((a) => a.path === '/v1/defaults' && a.method === 'PUT')?.body).toEqual({
      revision: 'r1',
      defaults: { language: 'en', fold: false, duplicate_window: '5m' },
      public_url: 'https://grafana.example.com',
    });
  });

  test('are asked about before changes are lost, and not once they are saved', async () => {
    const { user } = open({ handlers: { 'PUT /v1/defaults': () => ({ saved: false, save: toSave }) } });
    await user.type(await screen.findByRole('textbox', { name: /Public address/ }), '/grafana');
    await user.click(screen.getByRole('button', { name: 'Save defaults' }));
    expect(await screen.findByText('Saved')).toBeInTheDocument();
    expect(await asksToLeave()).toBe(false);
    await user.type(screen.getByRole('textbox', { name: /Public address/ }), '/');
    expect(await asksToLeave()).toBe(true);
  });

  test('are only read when a file has them', async () => {
    open({ handlers: { 'GET /v1/defaults': () => ({ ...defaults, read_only: true, config_path: '/etc/y.yaml' }) } });
    expect(await screen.findByText(/\/etc\/y.yaml/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Save defaults' })).not.toBeInTheDocument();
  });
});

test.each([
  [false, /^Makes the service account yunluo with/],
  [true, /^Calls come with a token of the service account yunluo,/],
])('says what the access is, set up or not: %s', async (set, text) => {
  open({ access: { webhook_token: set } });
  expect(await screen.findByText(text)).toBeInTheDocument();
});
