import { expect, type APIRequestContext } from '@playwright/test';

export interface Message {
  id: string;
  provider: string;
  type: string;
  conversation: { id: string; name: string };
  content: unknown;
  mentions?: Array<{ name?: string; notified: boolean }>;
  urgents?: Array<{ mode: string; names: string[] }>;
}

export interface Fault {
  kind: string;
  provider?: string;
  endpoint?: string;
  code?: string;
  text?: string;
  times?: number;
}

/** The play of the providers: its inbox and its switches. */
export class Sandbox {
  constructor(
    readonly url: string,
    private readonly request: APIRequestContext
  ) {}

  /** The messages whose content holds a text. */
  async messages(text: string, provider?: string): Promise<Message[]> {
    const answer = await this.request.get(`${this.url}/sandbox/api/messages`, { params: { text, ...(provider && { provider }) } });
    const { messages } = await answer.json();
    return messages ?? [];
  }

  async arrived(text: string, provider?: string): Promise<Message> {
    let found: Message | undefined;
    await expect(async () => {
      [found] = await this.messages(text, provider);
      expect(found, `a message with ${text}`).toBeDefined();
    }).toPass({ timeout: 60_000 });
    if (!found) {
      throw new Error(`no message with ${text}`);
    }
    return found;
  }

  async fault(fault: Fault): Promise<void> {
    expect((await this.request.post(`${this.url}/sandbox/api/faults`, { data: fault })).ok()).toBe(true);
  }

  async noFaults(): Promise<void> {
    await this.request.delete(`${this.url}/sandbox/api/faults`);
  }
}
