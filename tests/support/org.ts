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

  /** What is stored, secrets included. */
  async settings(): Promise<Settings> {
    return (await this.request.get(`${this.grafana}/apptest/orgs/${this.id}/settings`)).json();
  }
}
