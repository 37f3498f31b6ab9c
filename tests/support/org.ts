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

  /** A Viewer's token for Grafana to call the app with, as the entry of secureJsonData. */
  async access(): Promise<Record<string, string>> {
    const headers = { Cookie: `visitor=${encodeURIComponent(`role=Admin&org=${this.id}`)}` };
    const account = await this.request.post(`${this.grafana}/api/serviceaccounts`, { headers, data: { name: 'webhook', role: 'Viewer' } });
    const { id } = await account.json();
    const token = await this.request.post(`${this.grafana}/api/serviceaccounts/${id}/tokens`, { headers, data: { name: 'webhook' } });
    const { key } = await token.json();
    return { grafana: JSON.stringify({ url: this.grafana, webhook_token: key }) };
  }

  /** Stores settings as an admin does. */
  async save(settings: Settings): Promise<void> {
    const headers = { Cookie: `visitor=${encodeURIComponent(`role=Admin&org=${this.id}`)}` };
    expect((await this.request.post(`${this.grafana}/api/plugins/yunluo-notify-app/settings`, { headers, data: settings })).ok()).toBe(true);
  }

  /** What is stored, secrets included. */
  async settings(): Promise<Settings> {
    return (await this.request.get(`${this.grafana}/apptest/orgs/${this.id}/settings`)).json();
  }
}
