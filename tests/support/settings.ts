import type { Settings } from './org';

export const hmacSecret = 'an-hmac-secret-of-the-tests';

/** Settings of one Feishu account of the sandbox's, with a contact point "payments" that sends to a chat of its. */
export function feishuSettings(sandbox: string, more: { secret?: string; people?: object[]; steps?: object[]; appID?: string } = {}): Settings {
  return {
    enabled: true,
    pinned: true,
    jsonData: {
      accounts: { feishu: { type: 'feishu_app', title: '飞书', app_id: more.appID ?? 'cli_demo', base_url: sandbox, limits: 'none' } },
      people: more.people ?? [{ name: 'lilei', title: '李雷', mobile: '+8613800000001', email: 'lilei@example.com' }],
      contact_points: [
        { name: 'payments', title: 'Payments', steps: more.steps ?? [{ notify: [{ account: 'feishu', to: ['chat:oc_demo'] }] }] },
      ],
    },
    secureJsonData: {
      'accounts.feishu': JSON.stringify({ app_secret: more.secret ?? 'secret', base_url: sandbox }),
      'contact_points.payments': JSON.stringify({ hmac_secret: hmacSecret }),
    },
  };
}

export const emptySettings: Settings = { enabled: true, pinned: true, jsonData: {}, secureJsonData: {} };
