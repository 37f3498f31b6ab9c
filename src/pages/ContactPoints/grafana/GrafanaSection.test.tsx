import { screen, within } from '@testing-library/react';
import { OrgRole } from '@grafana/data';
import { Refusal } from '../../../testing/backend';
import { as, linked, manual, open, payments, saved, sent, toSave } from '../../../testing/contactPoints';

// The form beside is not what is tested here.
const noForm = () => ({ ...saved({ ...payments, settings: undefined }), read_only: true, config_path: '/etc/y.yaml' });
const grafana = '/v1/contact-points/payments/grafana';
const path = '/contact-points/payments/edit';

function openWith(state: object, handlers = {}) {
  return open(path, {
    'GET /v1/contact-points': noForm,
    [`POST ${grafana}`]: () => ({ state: { ...linked, ...state }, path: '/alerting/x' }),
    ...handlers,
  });
}

beforeEach(() => as(OrgRole.Admin));

it('creates the contact point in Grafana, under a name that may be changed', async () => {
  let exists = false;
  const { user, asked } = openWith(
    {},
    {
      [`POST ${grafana}`]: ({ body }: { body: unknown }) => {
        const write = typeof body === 'object' && body !== null && 'write' in body && body.write === true;
        exists ||= write;
        return { state: { ...linked, exists, written: write }, path: '/alerting/x' };
      },
    }
  );
  const name = await screen.findByRole('textbox', { name: 'Name in Grafana' });
  expect(name).toHaveValue('Payments (Yunluo)');
  await user.clear(name);
  await user.type(name, 'Pay');
  await user.click(screen.getByRole('button', { name: 'Create in Grafana' }));
  expect(await screen.findByText('It acts within a minute.')).toBeInTheDocument();
  expect(sent(asked, 'POST', grafana)).toContainEqual({ write: true, title: 'Pay', answers: [] });
});

it('leads to the notification policies and to the page of Grafana', async () => {
  openWith({});
  expect(await screen.findByRole('link', { name: 'Notification policies' })).toHaveAttribute(
    'href',
    '/alerting/routes'
  );
  expect(screen.getByRole('link', { name: 'Contact point in Grafana' })).toHaveAttribute('href', '/alerting/x');
  expect(screen.getByText('Used by 2 notification policies')).toBeInTheDocument();
});

it('names what differs, and puts it right', async () => {
  const { user, asked } = openWith({ differences: ['url', 'secrets', 'disableResolveMessage'] });
  expect(await screen.findByText('The URL')).toBeInTheDocument();
  expect(screen.getByText('The token or the HMAC secret')).toBeInTheDocument();
  expect(screen.getByText('Resolved messages are switched off')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Put right' }));
  expect(sent(asked, 'POST', grafana)).toContainEqual({ write: true, force: false, answers: [] });
});

it('explains that what was provisioned can be changed only where it comes from', async () => {
  openWith({ provenance: 'file', differences: ['url'] });
  expect(await screen.findByText(/It was provisioned in Grafana/)).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Put right' })).not.toBeInTheDocument();
});

it('writes the secrets again from a menu', async () => {
  const { user, asked } = openWith({});
  await user.click(await screen.findByRole('button', { name: 'More for Grafana' }));
  await user.click(await screen.findByRole('menuitem', { name: /Write secrets again/ }));
  expect(sent(asked, 'POST', grafana)).toContainEqual({ write: true, force: true, answers: [] });
});

it('leads admins to the Configuration page when no access is set up', async () => {
  openWith({}, { [`POST ${grafana}`]: () => new Refusal(409, { error: 'there is no token yet', code: 'no_access' }) });
  expect(await screen.findByText('there is no token yet')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Configure the access to Grafana' })).toHaveAttribute(
    'href',
    '/plugins/yunluo-notify-app'
  );
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
});

it('says why Grafana was not changed', async () => {
  const { user } = openWith(
    {},
    {
      [`POST ${grafana}`]: ({ body }: { body: unknown }) =>
        typeof body === 'object' && body !== null && 'write' in body && body.write === true
          ? new Refusal(502, { error: 'Grafana said no' })
          : { state: { ...linked, exists: false } },
    }
  );
  await user.click(await screen.findByRole('button', { name: 'Create in Grafana' }));
  expect(await screen.findByText('Grafana said no')).toBeInTheDocument();
});

describe('a contact point without a secret', () => {
  const secret = 'POST /v1/contact-points/payments/secret';

  function openUnsigned(differs = {}) {
    let signed = false;
    return openWith(
      {},
      {
        'GET /v1/contact-points': () => ({
          ...noForm(),
          ...saved({ ...payments, settings: undefined, signed }),
          ...differs,
        }),
        [secret]: () => {
          signed = true;
          return { saved: true, hmac_secret: 's3cret' };
        },
      }
    );
  }

  it('is given one by a button, and Grafana is asked only then', async () => {
    const { user, asked } = openUnsigned();
    const make = await screen.findByRole('button', { name: 'Make the HMAC secret' });
    expect(sent(asked, 'POST', grafana)).toEqual([]);
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
    await user.click(make);
    expect(await screen.findByText('s3cret')).toBeInTheDocument();
    expect(await screen.findByText('Used by 2 notification policies')).toBeInTheDocument();
    expect(sent(asked, 'POST', '/v1/contact-points/payments/secret')).toEqual([{ revision: 'r1' }]);
  });

  it('says who can make it where editors may not', async () => {
    openUnsigned({ admins_only: true });
    expect(await screen.findByText('An admin has to make it.')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Make the HMAC secret' })).not.toBeInTheDocument();
  });
});

describe('the manual way', () => {
  async function openManual(handlers = {}) {
    const page = openWith({}, handlers);
    await page.user.click(await screen.findByRole('button', { name: 'Manual' }));
    return page;
  }

  it('shows every value to enter', async () => {
    await openManual();
    expect(await screen.findByRole('row', { name: new RegExp(manual.url) })).toBeInTheDocument();
    expect(screen.getByRole('row', { name: /X-Signature/ })).toBeInTheDocument();
    expect(screen.getByRole('row', { name: /X-Timestamp/ })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Copy: URL' })).toBeInTheDocument();
  });

  it('shows a file and Terraform, and copies what is shown', async () => {
    Object.defineProperty(window, 'isSecureContext', { configurable: true, value: true });
    const { user } = await openManual();
    expect(await screen.findByText(manual.yaml)).toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'Terraform' }));
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe(manual.terraform);
  });

  it('makes a new secret after asking, and shows it this once', async () => {
    const { user, asked } = await openManual({
      'POST /v1/contact-points/payments/secret': () => ({ saved: false, save: toSave, hmac_secret: 's3cret' }),
    });
    await user.click(await screen.findByRole('button', { name: 'New HMAC secret' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Make a new one' }));
    expect(await screen.findByText('s3cret')).toBeInTheDocument();
    expect(sent(asked, 'POST', '/v1/contact-points/payments/secret')).toEqual([{ revision: 'r1' }]);
    expect(sent(asked, 'POST', '/api/plugins/yunluo-notify-app/settings')).toEqual([toSave]);
  });

  it('says why the values could not be loaded', async () => {
    await openManual({ 'GET /v1/contact-points/payments/manual': () => new Refusal(409, { error: 'no address' }) });
    expect(await screen.findByText('no address')).toBeInTheDocument();
  });
});
