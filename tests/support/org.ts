import { expect, type APIRequestContext } from '@playwright/test';

export interface Settings {
  enabled: boolean;
  pinned: boolean;
  jsonData: object;
  secureJsonData: Record<string, string>;
}

export interface Stored {
  UID: string;
  Title: string;
  Provenance: string;
  Settings: Record<string, unknown>;
}

/** An organisation of the Grafana that is played. */
export class Org {
  constructor(
    readonly id: number,
    private readonly grafana: string,
    private readonly request: APIRequestContext
  ) {}

  /** Lets Grafana's Alertmanager send the recorded body of 12.4 by way of a contact point, and gives what was answered. */
  async fire(alert: { contact_point: string; name: string; status?: 'firing' | 'resolved'; labels?: Record<string, string> }): Promise<{ status: number; body: string }> {
    const answer = await this.request.post(`${this.grafana}/apptest/fire`, { data: { org: this.id, ...alert } });
    expect(answer.status(), await answer.text()).toBe(200);
    return answer.json();
  }

  /** Grafana's contact points, secrets included. */
  async contactPoints(): Promise<Stored[]> {
    return (await (await this.request.get(`${this.grafana}/apptest/orgs/${this.id}/contact-points`)).json()) ?? [];
  }

  async setContactPoints(points: Stored[]): Promise<void> {
    await this.request.post(`${this.grafana}/apptest/orgs/${this.id}/contact-points`, { data: points });
  }

  /** A Viewer's token for Grafana to call the app with, as the entry of secureJsonData; and one to store settings with. */
  async access({ settings = false } = {}): Promise<Record<string, string>> {
    const entry = { url: this.grafana, webhook_token: await this.token('webhook', 'Viewer') };
    return { grafana: JSON.stringify(settings ? { ...entry, settings_token: await this.token('settings', 'Admin') } : entry) };
  }

  private async token(name: string, role: string): Promise<string> {
    const account = await this.request.post(`${this.grafana}/api/serviceaccounts`, { headers: this.admin, data: { name, role } });
    const { id } = await account.json();
    const token = await this.request.post(`${this.grafana}/api/serviceaccounts/${id}/tokens`, { headers: this.admin, data: { name } });
    return (await token.json()).key;
  }

  private get admin() {
    return { Cookie: `visitor=${encodeURIComponent(`role=Admin&org=${this.id}`)}` };
  }

  /** Stores settings as an admin does. */
  async save(settings: Settings): Promise<void> {
    const address = `${this.grafana}/api/plugins/yunluo-notify-app/settings`;
    expect((await this.request.post(address, { headers: this.admin, data: settings })).ok()).toBe(true);
  }

  /** What is stored, secrets included. */
  async settings(): Promise<Settings> {
    return (await this.request.get(`${this.grafana}/apptest/orgs/${this.id}/settings`)).json();
  }
}
