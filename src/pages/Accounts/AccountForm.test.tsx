import { screen, waitFor } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import { as, open, saved, sent, toSave } from '../../testing/accounts';
import { Refusal, type Handler } from '../../testing/backend';
import { asksToLeave } from '../../testing/leave';

beforeEach(() => as(OrgRole.Admin));

describe('a new account', () => {
  test('begins with its type, which is found by either name', async () => {
    const { user } = open('/accounts/new');
    await user.type(await screen.findByRole('textbox', { name: 'Search types' }), '飞书');
    expect(screen.queryByText('DingTalk robot')).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: /Feishu app/ }));
    expect(await screen.findByRole('textbox', { name: /App ID/ })).toBeInTheDocument();
  });

  test('is sent with its secrets and leads on to the contact point', async () => {
    const accounts = [...saved.accounts];
    const { user, asked } = open('/accounts/new?type=feishu_app&then=contact-point', {
      'GET /v1/accounts': () => ({ ...saved, accounts }),
      'PUT /v1/accounts/feishu-app': () => {
        accounts.push({ name: 'feishu-app', type: 'feishu_app', title: 'Ops' });
        return { saved: false, save: toSave };
      },
    });
    await user.type(await screen.findByRole('textbox', { name: /^Title/ }), 'Ops');
    await user.type(screen.getByRole('textbox', { name: /App ID/ }), 'cli_2');
    await user.type(screen.getByLabelText(/App Secret/), 's3cret');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('Ops is saved')).toBeInTheDocument();
    expect(sent(asked)).toEqual({
      method: 'PUT',
      path: '/v1/accounts/feishu-app',
      body: {
        revision: 'r1',
        create: true,
        type: 'feishu_app',
        settings: { title: 'Ops', app_id: 'cli_2' },
        secrets: { app_secret: 's3cret' },
      },
    });
    await user.click(screen.getByRole('link', { name: 'Continue with the contact point' }));
    expect(await screen.findByText('New contact point')).toBeInTheDocument();
  });

  test('is left without a word until something is entered', async () => {
    open('/accounts/new?type=feishu_app');
    await screen.findByRole('textbox', { name: /App ID/ });
    expect(await asksToLeave()).toBe(false);
  });

  test('asks before a secret that was entered is lost', async () => {
    const { user } = open('/accounts/new?type=feishu_app');
    await user.type(await screen.findByLabelText(/App Secret/), 's3cret');
    expect(await asksToLeave()).toBe(true);
  });

  test('is not sent without what is required', async () => {
    const { user, asked } = open('/accounts/new?type=feishu_app');
    await user.click(await screen.findByRole('button', { name: 'Create account' }));
    expect(screen.getAllByText('This is required')).toHaveLength(2);
    expect(sent(asked)).toBeUndefined();
  });

  test.each([
    ['Corp', /Use lower-case letters/],
    ['corp', 'This name is taken'],
  ])('cannot be named %s', async (name, why) => {
    const { user, asked } = open('/accounts/new?type=feishu_app');
    const input = await screen.findByRole('textbox', { name: /^Name/ });
    await user.clear(input);
    await user.type(input, name);
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(screen.getByText(why)).toBeInTheDocument();
    expect(sent(asked)).toBeUndefined();
  });

  test('needs an address where its type knows none', async () => {
    const { user } = open('/accounts/new?type=email');
    await user.type(await screen.findByRole('textbox', { name: /Sender/ }), 'a@example.com');
    await user.click(screen.getByRole('button', { name: 'Create account' }));
    expect(screen.getByText('This is required')).toBeInTheDocument();
    expect(screen.getByRole('textbox', { name: /Address of the service/ })).toHaveAttribute('placeholder', 'smtps://');
  });

  test('is for admins', async () => {
    as(OrgRole.Editor);
    open('/accounts/new');
    expect(await screen.findByText('Only admins change accounts')).toBeInTheDocument();
  });

  test('cannot be made when a file has the configuration', async () => {
    open('/accounts/new?type=feishu_app', { 'GET /v1/accounts': () => ({ ...saved, read_only: true }) });
    expect(await screen.findByText('Configured in a file')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Create account' })).not.toBeInTheDocument();
  });
});

describe('a saved account', () => {
  const put = (name: string): Record<string, Handler> => ({ [`PUT /v1/accounts/${name}`]: () => ({ saved: true }) });

  test('keeps its secrets and what the form does not know', async () => {
    const { user, asked } = open('/accounts/corp/edit', put('corp'));
    const id = await screen.findByRole('textbox', { name: /App ID/ });
    await user.clear(id);
    await user.type(id, 'cli_9');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Corp app is saved')).toBeInTheDocument();
    expect(sent(asked)?.body).toEqual({
      revision: 'r1',
      type: 'feishu_app',
      settings: { title: 'Corp app', app_id: 'cli_9', limits: 'none' },
      secrets: undefined,
    });
  });

  test('keeps its name', async () => {
    open('/accounts/corp/edit');
    expect(await screen.findByRole('textbox', { name: /^Name/ })).toBeDisabled();
  });

  test('asks for every secret once one is replaced', async () => {
    const { user, asked } = open('/accounts/robot/edit', put('robot'));
    await user.click(await screen.findByRole('button', { name: 'Rotate secrets' }));
    await user.type(screen.getByLabelText(/Access token/), 'new');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByText(/Enter it again/)).toBeInTheDocument();
    expect(sent(asked)).toBeUndefined();
    await user.click(screen.getByRole('checkbox', { name: 'Remove this secret' }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('robot is saved')).toBeInTheDocument();
    expect(sent(asked)?.body).toMatchObject({ secrets: { access_token: 'new' } });
  });

  test('can keep its secrets after all', async () => {
    const { user } = open('/accounts/robot/edit');
    await user.click((await screen.findAllByRole('button', { name: 'Reset' }))[0] ?? document.body);
    expect(screen.getByText('Enter all secrets of this account')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Keep the stored secrets' }));
    expect(screen.getAllByDisplayValue('configured')).toHaveLength(2);
  });

  test('asks for its secrets when its address changes', async () => {
    const { user, asked } = open('/accounts/corp/edit', put('corp'));
    await user.click(await screen.findByRole('button', { name: /Advanced/ }));
    await user.type(screen.getByRole('textbox', { name: /Address of the service/ }), 'https://open.larksuite.com');
    expect(screen.getByText('Enter the secrets again')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(sent(asked)).toBeUndefined();
    await user.type(screen.getByLabelText(/App Secret/), 's3cret');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Corp app is saved')).toBeInTheDocument();
    expect(sent(asked)?.body).toMatchObject({
      settings: { base_url: 'https://open.larksuite.com' },
      secrets: { app_secret: 's3cret' },
    });
  });

  test('shows what the backend refuses at its field', async () => {
    const { user } = open('/accounts/corp/edit', {
      'PUT /v1/accounts/corp': () =>
        new Refusal(422, {
          error: 'no',
          code: 'invalid_configuration',
          faults: [{ path: 'accounts.corp.app_id', message: { en: 'begins with cli_' } }],
        }),
    });
    await user.click(await screen.findByRole('button', { name: 'Save' }));
    expect(await screen.findByText('The account was not saved')).toBeInTheDocument();
    expect(screen.getAllByText(/begins with cli_/)).toHaveLength(2);
  });

  test('keeps what was entered when somebody else was faster, and then goes by the newest', async () => {
    let revision = 'r1';
    const { user, asked } = open('/accounts/corp/edit', {
      'GET /v1/accounts': () => ({ ...saved, revision }),
      'PUT /v1/accounts/corp': () => {
        if (revision === 'r1') {
          revision = 'r2';
          return new Refusal(409, { error: 'somebody else changed the settings', code: 'changed' });
        }
        return { saved: true };
      },
    });
    await user.type(await screen.findByRole('textbox', { name: /App ID/ }), '7');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('somebody else changed the settings')).toBeInTheDocument();
    expect(screen.getByRole('textbox', { name: /App ID/ })).toHaveValue('cli_17');
    await user.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Corp app is saved')).toBeInTheDocument();
    expect(asked.filter((a) => a.method === 'PUT').map((a) => a.body)).toMatchObject([
      { revision: 'r1' },
      { revision: 'r2' },
    ]);
  });

  test('that is not there leads back', async () => {
    open('/accounts/gone/edit');
    expect(await screen.findByText('There is no account gone')).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Back to the accounts' })).toBeInTheDocument();
  });
});

test('shows and takes dollar signs as they are meant', async () => {
  const accounts = [{ name: 'corp', type: 'feishu_app', settings: { type: 'feishu_app', app_id: '$${content}' } }];
  const { user, asked } = open('/accounts/corp/edit', {
    'GET /v1/accounts': () => ({ ...saved, accounts }),
    'PUT /v1/accounts/corp': () => ({ saved: false, save: toSave }),
  });
  const input = await screen.findByRole('textbox', { name: /App ID/ });
  expect(input).toHaveValue('${content}');
  await user.type(input, '$5');
  await user.type(screen.getByLabelText(/App Secret/), 's$cret');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(sent(asked)?.body).toMatchObject({
      settings: { app_id: '$${content}$$5' },
      secrets: { app_secret: 's$cret' },
    })
  );
});
