import type { ContactPointSettings, Manifest } from '../../../api/types';
import { draftOf, edited, moves, newDraft, previewable, settingsOf, withAccount, type Draft } from './draft';

const saved: ContactPointSettings = {
  name: 'payments',
  title: 'Payments',
  template: { title: 'x' },
  stale_after: '8h',
  steps: [
    { give_up: '3m', notify: [{ account: 'chat', to: ['chat:oc_1'], form: 'card' }, { account: 'robot' }] },
    { on: 'failure', notify: [{ account: 'sms', to: ['person:li'] }] },
    { after: '10m', unless_acknowledged: true, notify: [{ account: 'call', to: ['on_call:payments'] }] },
  ],
};

const robot: Manifest = { type: 'robot', provider: 'p', title: {}, summary: {}, fields: [], mentions: ['person'] };
const app: Manifest = {
  type: 'app',
  provider: 'p',
  title: {},
  summary: {},
  fields: [],
  targets: ['chat', 'person'],
  mentions: ['person', 'user'],
  urge: { app: {}, phone: {} },
  recall_for_ns: 1,
  options: [{ name: 'form', label: {}, kind: 'string', enum: ['card', 'text'] }],
};

function idsOf(draft: Draft): number[] {
  return draft.steps.map((s) => s.id);
}

function stepAt(draft: Draft, i: number) {
  const step = draft.steps[i];
  if (!step) {
    throw new Error(`no step ${i}`);
  }
  return step;
}

describe('what is read and written', () => {
  it('gives back what it was given, without the name, and with fields that it does not know', () => {
    const { name: _name, ...rest } = saved;
    expect(settingsOf(draftOf(saved))).toEqual(rest);
  });

  it('leaves out what is not filled in', () => {
    const draft = draftOf({
      title: '',
      language: undefined,
      steps: [{ notify: [{ account: 'a', to: [], urgent: {} }] }],
    });
    expect(settingsOf(draft)).toEqual({ steps: [{ notify: [{ account: 'a' }] }] });
  });

  it('keeps what is empty in fields that it does not know', () => {
    expect(settingsOf(draftOf({ template: {}, steps: [] }))).toEqual({ template: {}, steps: [] });
  });

  it('writes nothing but steps for a new contact point', () => {
    expect(settingsOf(newDraft('robot'))).toEqual({ steps: [{ notify: [{ account: 'robot' }] }] });
  });
});

describe('editing steps', () => {
  it('adds a step that runs on failure, with an entry to fill in', () => {
    const { steps } = settingsOf(edited(newDraft('robot'), { kind: 'add-step' }));
    expect(steps[1]).toEqual({ on: 'failure', notify: [{ account: '' }] });
  });

  it('lets the step that comes first run at once when it is moved there', () => {
    const draft = draftOf(saved);
    const { steps } = settingsOf(edited(draft, { kind: 'move-step', step: stepAt(draft, 1).id, by: -1 }));
    expect(steps.map((s) => s.on)).toEqual([undefined, 'failure', undefined]);
    expect(steps[0]?.notify[0]?.account).toBe('sms');
  });

  it('keeps the time to go on after with its step, but not in the last one', () => {
    const draft = draftOf({
      steps: [
        { give_up: '3m', notify: [] },
        { on: 'failure', notify: [] },
      ],
    });
    const { steps } = settingsOf(edited(draft, { kind: 'move-step', step: stepAt(draft, 0).id, by: 1 }));
    expect(steps[1]).toEqual({ on: 'failure', notify: [] });
  });

  it('moves nothing beyond the ends', () => {
    const draft = draftOf(saved);
    expect(idsOf(edited(draft, { kind: 'move-step', step: stepAt(draft, 0).id, by: -1 }))).toEqual(idsOf(draft));
  });

  it('removes a step', () => {
    const draft = draftOf(saved);
    const { steps } = settingsOf(edited(draft, { kind: 'remove-step', step: stepAt(draft, 0).id }));
    expect(steps.map((s) => s.notify[0]?.account)).toEqual(['sms', 'call']);
  });

  it('adds, moves and removes entries', () => {
    let draft = draftOf(saved);
    const step = stepAt(draft, 0).id;
    draft = edited(draft, { kind: 'add-entry', step, account: 'mail' });
    const last = stepAt(draft, 0).notify[2]?.id ?? -1;
    draft = edited(draft, { kind: 'move-entry', step, entry: last, by: -1 });
    draft = edited(draft, { kind: 'remove-entry', step, entry: stepAt(draft, 0).notify[0]?.id ?? -1 });
    expect(stepAt(draft, 0).notify.map((e) => e.entry.account)).toEqual(['mail', 'robot']);
  });

  it('changes one entry only', () => {
    const draft = draftOf(saved);
    const step = stepAt(draft, 0);
    const next = edited(draft, {
      kind: 'set-entry',
      step: step.id,
      entry: step.notify[1]?.id ?? -1,
      value: { account: 'x' },
    });
    expect(stepAt(next, 0).notify.map((e) => e.entry.account)).toEqual(['chat', 'x']);
    expect(stepAt(next, 1)).toBe(stepAt(draft, 1));
  });

  it('never gives an id twice', () => {
    let draft = edited(draftOf(saved), { kind: 'add-step' });
    draft = edited(draft, { kind: 'add-step' });
    draft = edited(draft, { kind: 'add-entry', step: 0 });
    const ids = draft.steps.flatMap((s) => [s.id, ...s.notify.map((e) => e.id)]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells what changes the places that faults name', () => {
    expect(moves({ kind: 'move-step', step: 1, by: 1 })).toBe(true);
    expect(moves({ kind: 'remove-entry', step: 1, entry: 2 })).toBe(true);
    expect(moves({ kind: 'set-point', fields: {} })).toBe(false);
  });
});

describe('another account for an entry', () => {
  it('keeps what the other type can do too', () => {
    const entry = { account: 'a', to: ['chat:1'], mention: ['person:li'], form: 'card', later: 1 };
    expect(withAccount(entry, 'b', app, app)).toEqual({ ...entry, account: 'b' });
  });

  it('leaves out what the other type cannot do', () => {
    const entry = {
      account: 'a',
      to: ['chat:1'],
      mention: ['person:li', 'user:u'],
      urgent: { critical: 'phone' as const },
      recall: true,
      form: 'card',
      later: 1,
    };
    expect(withAccount(entry, 'b', app, robot)).toEqual({ account: 'b', mention: ['person:li'], later: 1 });
  });

  it('leaves out urging by a way that the other type does not have', () => {
    const entry = { account: 'a', to: ['person:li'], urgent: { critical: 'sms' as const, high: 'app' as const } };
    expect(withAccount(entry, 'b', app, app).urgent).toEqual({ high: 'app' });
  });
});

describe('whether a preview can be drawn', () => {
  const typeOf = (account: string) => ({ app, robot })[account];

  it('is so when every entry has an account and the recipients that its type needs', () => {
    expect(
      previewable(draftOf({ steps: [{ notify: [{ account: 'app', to: ['chat:1'] }, { account: 'robot' }] }] }), typeOf)
    ).toBe(true);
  });

  it.each<[string, ContactPointSettings]>([
    ['there is no step', { steps: [] }],
    ['a step has no entry', { steps: [{ notify: [] }] }],
    ['an account is missing', { steps: [{ notify: [{ account: '' }] }] }],
    ['recipients are missing', { steps: [{ notify: [{ account: 'app' }] }] }],
  ])('is not so when %s', (_, settings) => {
    expect(previewable(draftOf(settings), typeOf)).toBe(false);
  });
});
