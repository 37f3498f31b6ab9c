import React from 'react';
import { screen, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import type { People } from '../../api/types';
import { as, types } from '../../testing/accounts';
import { playBackend, Refusal, type Asked, type Handler } from '../../testing/backend';
import { asksToLeave } from '../../testing/leave';
import { renderAt } from '../../testing/render';
import { PeoplePage } from './PeoplePage';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  PluginPage: jest.requireActual('../../testing/pluginPage').PluginPage,
}));

const saved: People = {
  read_only: false,
  revision: 'r1',
  people: [
    { name: 'li', title: '李雷', email: 'li@example.com', mobile: '+8613800000000', ids: { feishu: 'ou_1' } },
    { name: 'han', title: '韩梅梅' },
  ],
};

function open(handlers: Record<string, Handler> = {}) {
  const asked = playBackend({
    'GET /v1/people': () => saved,
    'GET /v1/types': () => types,
    'GET /v1/health': () => ({ read_only: false, ready: true, problems: [], build: 'test', waiting: 0 }),
    'GET /v1/accounts': () => ({
      read_only: false,
      revision: 'r1',
      faults: [],
      accounts: [{ name: 'corp', type: 'feishu_app', title: 'Corp app' }],
    }),
    ...handlers,
  });
  return { ...renderAt('/people', <PeoplePage />), asked };
}

const drawer = () => within(screen.getByLabelText('Person'));
const sent = (asked: Asked[]) => asked.find((a) => a.method === 'PUT');

beforeEach(() => as(OrgRole.Editor));

test('shows people with what services know them by', async () => {
  open();
  const row = within(await screen.findByRole('row', { name: /李雷/ }));
  expect(row.getByText('li@example.com')).toBeInTheDocument();
  expect(row.getByText('+8613800000000')).toBeInTheDocument();
  expect(row.getByText('feishu: ou_1')).toBeInTheDocument();
});

test('says what keeps saved people from being in force', async () => {
  open({
    'GET /v1/people': () => ({ ...saved, people: [] }),
    'GET /v1/health': () => ({ read_only: false, ready: true, problems: [{ en: 'people has to be a list' }], build: 'test', waiting: 0 }),
  });
  expect(await screen.findByText('people has to be a list')).toBeInTheDocument();
});

test('finds people by what is typed', async () => {
  const { user } = open();
  await user.type(await screen.findByRole('textbox', { name: 'Search people' }), 'ou_1');
  expect(screen.getByText('李雷')).toBeInTheDocument();
  expect(screen.queryByText('韩梅梅')).not.toBeInTheDocument();
});

test('says what to do when there is nobody', async () => {
  open({ 'GET /v1/people': () => ({ ...saved, people: [] }) });
  expect(await screen.findByText('There are no people yet')).toBeInTheDocument();
  expect(screen.getByText('New person')).toBeInTheDocument();
});

test('says why people cannot be loaded', async () => {
  open({ 'GET /v1/people': () => new Refusal(500, { error: 'the disk is full' }) });
  expect(await screen.findByText('the disk is full')).toBeInTheDocument();
});

test('lets viewers only read', async () => {
  as(OrgRole.Viewer);
  open();
  expect(await screen.findByText('Phone numbers are shortened for your role.')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /Edit/ })).not.toBeInTheDocument();
});

test('offers no change when a file has the configuration', async () => {
  open({ 'GET /v1/people': () => ({ ...saved, people: [], read_only: true, config_path: '/etc/yunluo/yunluo.yaml' }) });
  expect(await screen.findByText(/\/etc\/yunluo\/yunluo.yaml/)).toBeInTheDocument();
  expect(screen.queryByText('New person')).not.toBeInTheDocument();
});

describe('a new person', () => {
  const add = async (handlers: Record<string, Handler> = {}) => {
    const page = open(handlers);
    await page.user.click(await screen.findByText('New person'));
    return page;
  };

  test('is sent without what is empty', async () => {
    const { user, asked } = await add({ 'PUT /v1/people/wei': () => ({ saved: true }) });
    await user.type(drawer().getByLabelText(/^Name/), 'wei');
    await user.type(drawer().getByLabelText(/Mobile/), '13900000000');
    await user.click(drawer().getByText('Save'));
    expect(sent(asked)).toEqual({
      method: 'PUT',
      path: '/v1/people/wei',
      body: { revision: 'r1', create: true, settings: { mobile: '13900000000' } },
    });
    expect(screen.queryByRole('form')).not.toBeInTheDocument();
  });

  test('is asked about before it is lost, also when its drawer is closed', async () => {
    const { user } = await add();
    await user.type(drawer().getByLabelText(/^Name/), 'wei');
    expect(await asksToLeave()).toBe(true);
    await user.click(screen.getByRole('button', { name: 'Keep editing', hidden: true }));
    await user.click(drawer().getByText('Cancel'));
    expect(drawer().getByLabelText(/^Name/)).toHaveValue('wei');
    await user.click(screen.getByRole('button', { name: 'Discard changes', hidden: true }));
    expect(screen.queryByLabelText('Person')).not.toBeInTheDocument();
  });

  test('needs a name by the rule', async () => {
    const { user, asked } = await add();
    await user.type(drawer().getByLabelText(/^Name/), 'Wei Li');
    await user.click(drawer().getByText('Save'));
    expect(drawer().getByText(/Use lower-case letters/)).toBeInTheDocument();
    expect(sent(asked)).toBeUndefined();
  });

  test('shows what the backend refuses at its field', async () => {
    const { user } = await add({
      'PUT /v1/people/wei': () =>
        new Refusal(422, { error: 'no', faults: [{ path: 'people[2].email', message: { en: 'is no address' } }] }),
    });
    await user.type(drawer().getByLabelText(/^Name/), 'wei');
    await user.type(drawer().getByLabelText(/E-mail/), 'x');
    await user.click(drawer().getByText('Save'));
    expect(await drawer().findByText('The person was not saved')).toBeInTheDocument();
    expect(drawer().getAllByText(/is no address/)).toHaveLength(2);
  });

  test('says that an admin has to save it', async () => {
    const { user } = await add({
      'PUT /v1/people/wei': () => new Refusal(403, { error: 'an admin has to save it', code: 'role_settings' }),
    });
    await user.type(drawer().getByLabelText(/^Name/), 'wei');
    await user.click(drawer().getByText('Save'));
    expect(await drawer().findByText('an admin has to save it')).toBeInTheDocument();
    expect(drawer().getByLabelText(/^Name/)).toHaveValue('wei');
  });
});

describe('a saved person', () => {
  const edit = async (handlers: Record<string, Handler> = {}, title = '李雷') => {
    const page = open(handlers);
    await page.user.click(await screen.findByRole('button', { name: `Edit ${title}` }));
    return page;
  };

  test('is changed, also in its ids', async () => {
    const { user, asked } = await edit({ 'PUT /v1/people/li': () => ({ saved: true }) });
    await user.type(drawer().getByLabelText('Id 1'), '9');
    await user.click(drawer().getByText('Save'));
    expect(sent(asked)?.body).toEqual({
      revision: 'r1',
      settings: { title: '李雷', email: 'li@example.com', mobile: '+8613800000000', ids: { feishu: 'ou_19' } },
    });
  });

  test('needs a provider for each id', async () => {
    const { user, asked } = await edit({}, '韩梅梅');
    await user.click(drawer().getByText('Add id'));
    await user.type(drawer().getByLabelText('Id 1'), 'ou_2');
    await user.click(drawer().getByText('Save'));
    expect(drawer().getByText(/Each id needs its provider/)).toBeInTheDocument();
    expect(sent(asked)).toBeUndefined();
  });

  test('is looked up at an account, whose id can be taken over', async () => {
    const { user, asked } = await edit({ 'POST /v1/people/lookup': () => ({ id: 'ou_han' }) }, '韩梅梅');
    await user.type(await drawer().findByLabelText(/Lookup check/), '{ArrowDown}{Enter}');
    await user.click(drawer().getByText('Look up'));
    expect(await drawer().findByText('ou_han')).toBeInTheDocument();
    expect(asked).toContainEqual({
      method: 'POST',
      path: '/v1/people/lookup',
      body: { account: 'corp', person: { name: 'han', title: '韩梅梅' } },
    });
    await user.click(drawer().getByText('Take over this id'));
    expect(drawer().getByLabelText('Id 1')).toHaveValue('ou_han');
    expect(drawer().getByLabelText('Provider 1')).toHaveValue('feishu');
  });

  test('shows why a provider gave no id', async () => {
    const { user } = await edit(
      { 'POST /v1/people/lookup': () => new Refusal(502, { error: 'no such user; check the mobile number' }) },
      '韩梅梅'
    );
    await user.type(await drawer().findByLabelText(/Lookup check/), '{ArrowDown}{Enter}');
    await user.click(drawer().getByText('Look up'));
    expect(await drawer().findByText('no such user; check the mobile number')).toBeInTheDocument();
  });

  test('is deleted after a confirmation', async () => {
    const { user, asked } = open({ 'DELETE /v1/people/li': () => ({ saved: true }) });
    await user.click(await screen.findByRole('button', { name: 'Delete 李雷' }));
    await user.click(within(screen.getByRole('dialog')).getByText('Delete'));
    expect(asked).toContainEqual({ method: 'DELETE', path: '/v1/people/li?revision=r1', body: undefined });
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });
});
