import { choose, field } from './support/forms';
import { emptySettings } from './support/settings';
import { expect, pluginBase, test } from './support/test';

for (const older of [false, true]) {
  test(`from nothing to an urgent alert in a chat, with the ${older ? 'older' : 'newer'} API of contact points`, async ({ newOrg, open, sandbox, complaints }) => {
    const org = await newOrg(emptySettings, { older });
    await org.save({ ...emptySettings, jsonData: { people: [{ name: 'lilei', title: '李雷', mobile: '+8613800000001' }] }, secureJsonData: await org.access() });
    if (older) {
      // That there is no newer API is found out by asking.
      complaints.allow(/refused: 404 GET \/apis\/notifications/);
    }
    const chat = `Payments ${org.id}`;
    const page = await open(org, `${pluginBase}/accounts`);

    await test.step('add an account', async () => {
      await page.getByRole('link', { name: 'New account' }).or(page.getByRole('button', { name: 'New account' })).first().click();
      await page.getByRole('main').getByText('Feishu app', { exact: true }).click();
      await field(page, 'App ID').fill('cli_demo');
      await field(page, 'App Secret').fill('secret');
      await page.getByRole('button', { name: 'Advanced' }).click();
      await field(page, 'Address of the service').fill(sandbox.url);
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByText(/is saved/)).toBeVisible();
      await page.getByRole('button', { name: 'Probe' }).first().click();
      await expect(page.getByRole('list', { name: /Checks of/ })).toBeVisible();
      await expect(page.getByRole('list', { name: /Checks of/ }).getByTitle('Failed')).toHaveCount(0);
      expect((await org.settings()).secureJsonData['accounts.feishu-app']).toContain('"secret"');
      expect(JSON.stringify((await org.settings()).jsonData)).not.toContain('"secret"');
    });

    await test.step('make a contact point that urges, and see what it would send', async () => {
      await page.getByText('New contact point with it').click();
      await field(page, 'Title').fill(chat);
      const recipients = page.getByRole('textbox', { name: 'Recipients' });
      await recipients.fill('oc_demo');
      await recipients.press('Enter');
      await choose(page, 'Mentions', '李雷');
      await page.getByText('Urge people').click();
      await choose(page, 'or worse:', 'By phone');
      await expect(page.getByRole('complementary', { name: 'Preview' }).getByRole('article', { name: 'Message' })).toContainText('node-1');
      await page.getByRole('button', { name: 'Save contact point' }).click();
      await expect(page.getByText('The contact point is saved')).toBeVisible();
    });

    await test.step('test it', async () => {
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      const drawer = page.getByRole('dialog');
      await field(drawer, 'Text').fill(`hello ${chat}`);
      await drawer.getByRole('button', { name: 'Send test' }).click();
      await expect(drawer.getByText('Delivered').first()).toBeVisible();
      await sandbox.arrived(`hello ${chat}`);
      await drawer.getByRole('button', { name: 'Close' }).click();
    });

    await test.step('create it in Grafana', async () => {
      await page.getByRole('button', { name: 'Create in Grafana' }).click();
      await expect(page.getByText('Written to Grafana')).toBeVisible();
      const [stored] = await org.contactPoints();
      expect(stored).toMatchObject({ Title: `${chat} (Yunluo)`, Settings: { authorization_scheme: 'Bearer' } });
    });

    await test.step('Grafana fires, and the chat has it with a phone call', async () => {
      const alert = `Latency${org.id}`;
      const answer = await org.fire({ contact_point: `${chat} (Yunluo)`, name: alert, labels: { severity: 'critical' } });
      expect(answer.status, answer.body).toBeLessThan(300);
      const message = await sandbox.arrived(alert);
      expect(message.conversation.id).toBe('oc_demo');
      await expect(async () => {
        const [now] = await sandbox.messages(alert);
        expect(now?.urgents).toEqual([expect.objectContaining({ mode: 'phone', names: ['李雷'] })]);
      }).toPass();
    });

    await test.step('the delivery is in Notifications with its attempts', async () => {
      await page.getByRole('navigation').getByText('Notifications').click();
      await page.getByRole('link', { name: new RegExp(`Latency${org.id}`) }).first().click();
      const drawer = page.getByRole('dialog');
      await expect(drawer.getByText('Delivered').first()).toBeVisible();
      await expect(drawer.getByRole('list', { name: 'Attempts' }).getByRole('listitem').first()).toBeVisible();
    });

    await test.step('when it is over, the card says so', async () => {
      const answer = await org.fire({ contact_point: `${chat} (Yunluo)`, name: `Latency${org.id}`, status: 'resolved' });
      expect(answer.status, answer.body).toBeLessThan(300);
      await expect(async () => {
        const [now] = await sandbox.messages(`Latency${org.id}`);
        expect(JSON.stringify(now?.content)).toContain('green');
      }).toPass();
    });
  });
}

test('a token that Grafana does not know, or a wrong signature, delivers nothing', async ({ newOrg, open, sandbox }) => {
  const { feishuSettings } = await import('./support/settings');
  const org = await newOrg(feishuSettings(sandbox.url));
  await org.save({ ...feishuSettings(sandbox.url), secureJsonData: { ...feishuSettings(sandbox.url).secureJsonData, ...(await org.access()) } });
  const page = await open(org, `${pluginBase}/contact-points/payments/edit`);
  await page.getByRole('button', { name: 'Create in Grafana' }).click();
  await expect(page.getByText('Written to Grafana')).toBeVisible();
  const [stored] = await org.contactPoints();
  if (!stored) {
    throw new Error('nothing was written');
  }
  const good = stored.Settings;
  await org.setContactPoints([{ ...stored, Settings: { ...good, authorization_credentials: 'glsa_unknown' } }]);
  expect((await org.fire({ contact_point: stored.UID, name: `Token${org.id}` })).status).toBe(401);
  await org.setContactPoints([{ ...stored, Settings: { ...good, hmacConfig: { ...Object(good.hmacConfig), secret: '[REDACTED]' } } }]);
  expect((await org.fire({ contact_point: stored.UID, name: `Signature${org.id}` })).status).toBe(403);
  expect(await sandbox.messages(`Token${org.id}`)).toEqual([]);
  expect(await sandbox.messages(`Signature${org.id}`)).toEqual([]);

  await test.step('writing the secrets again puts it right', async () => {
    await page.getByRole('button', { name: 'More for Grafana' }).click();
    await page.getByRole('menuitem', { name: /Write secrets again/ }).click();
    await expect(page.getByText('Written to Grafana')).toBeVisible();
    await expect(async () => {
      expect((await org.fire({ contact_point: stored.UID, name: `Right${org.id}` })).status).toBeLessThan(300);
    }).toPass();
    await sandbox.arrived(`Right${org.id}`);
  });
});
