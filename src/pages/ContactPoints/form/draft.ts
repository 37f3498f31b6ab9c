import type { ContactPointSettings, Manifest, Notify, Step, TargetKind, UrgeMode } from '../../../api/types';
import { kindOf } from '../../../components/target';

/** A contact point while it is edited. Steps and entries have ids, since their places change; `rest` is kept as it came. */
export interface Draft {
  rest: PointFields;
  steps: StepDraft[];
  nextId: number;
}

export interface PointFields {
  title?: string;
  language?: string;
  time_zone?: string;
  repeat?: string;
  [field: string]: unknown;
}

export interface StepFields {
  on?: 'failure';
  give_up?: string;
  [field: string]: unknown;
}

export interface StepDraft {
  id: number;
  rest: StepFields;
  notify: EntryDraft[];
}

export interface EntryDraft {
  id: number;
  entry: Notify;
}

export type Edit =
  | { kind: 'set-point'; fields: PointFields }
  | { kind: 'add-step' }
  | { kind: 'remove-step'; step: number }
  | { kind: 'move-step'; step: number; by: -1 | 1 }
  | { kind: 'set-step'; step: number; fields: StepFields }
  | { kind: 'add-entry'; step: number; account?: string }
  | { kind: 'remove-entry'; step: number; entry: number }
  | { kind: 'move-entry'; step: number; entry: number; by: -1 | 1 }
  | { kind: 'set-entry'; step: number; entry: number; value: Notify };

/** Whether an edit changes places, after which the paths of faults would point at something else. */
export function moves(edit: Edit): boolean {
  return edit.kind !== 'set-point' && edit.kind !== 'set-step' && edit.kind !== 'set-entry' && edit.kind !== 'add-step';
}

export function draftOf({ steps, name: _name, ...rest }: ContactPointSettings): Draft {
  let id = 0;
  const list = (Array.isArray(steps) ? steps : []).map(({ notify, ...fields }): StepDraft => ({
    id: id++,
    rest: fields,
    notify: (Array.isArray(notify) ? notify : []).map((entry) => ({ id: id++, entry })),
  }));
  return { rest, steps: list, nextId: id };
}

/** A draft with one step and one entry, which is where most contact points end. */
export function newDraft(account: string): Draft {
  return draftOf({ steps: [{ notify: [{ account }] }] });
}

/** What is saved: the first step runs at once, a later one when the one before failed, unless it says that it waits. */
export function settingsOf({ rest, steps }: Draft): ContactPointSettings {
  return {
    ...withoutEmpty(rest),
    steps: steps.map(({ rest: fields, notify }, i): Step => {
      const { on: _on, give_up, ...others } = fields;
      return withoutEmpty({
        ...(i > 0 && !waits(fields) ? { on: 'failure' as const } : {}),
        ...(i < steps.length - 1 ? { give_up } : {}),
        ...others,
        notify: notify.map(({ entry }) => withoutEmpty(entry)),
      });
    }),
  };
}

/** Whether a step waits for a time or an acknowledgement rather than for a failure. */
export function waits(fields: StepFields): boolean {
  return fields.after !== undefined || fields.unless_acknowledged !== undefined;
}

/** Fields of this page that are left out when nothing is filled in, so that the default holds. */
const ours = new Set(['title', 'language', 'time_zone', 'repeat', 'give_up', 'to', 'mention', 'urgent', 'severities']);

function withoutEmpty<T extends object>(fields: T): T {
  const kept = { ...fields };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || (ours.has(key) && empty(value))) {
      Reflect.deleteProperty(kept, key);
    }
  }
  return kept;
}

function empty(value: unknown): boolean {
  return (
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

export function edited(draft: Draft, edit: Edit): Draft {
  switch (edit.kind) {
    case 'set-point':
      return { ...draft, rest: { ...draft.rest, ...edit.fields } };
    case 'add-step':
      return {
        ...draft,
        steps: [
          ...draft.steps,
          { id: draft.nextId, rest: {}, notify: [{ id: draft.nextId + 1, entry: { account: '' } }] },
        ],
        nextId: draft.nextId + 2,
      };
    case 'remove-step':
      return { ...draft, steps: draft.steps.filter((s) => s.id !== edit.step) };
    case 'move-step':
      return { ...draft, steps: moved(draft.steps, edit.step, edit.by) };
    case 'set-step':
      return atStep(draft, edit.step, (s) => ({ ...s, rest: { ...s.rest, ...edit.fields } }));
    case 'add-entry': {
      const added: EntryDraft = { id: draft.nextId, entry: { account: edit.account ?? '' } };
      return {
        ...atStep(draft, edit.step, (s) => ({ ...s, notify: [...s.notify, added] })),
        nextId: draft.nextId + 1,
      };
    }
    case 'remove-entry':
      return atStep(draft, edit.step, (s) => ({ ...s, notify: s.notify.filter((e) => e.id !== edit.entry) }));
    case 'move-entry':
      return atStep(draft, edit.step, (s) => ({ ...s, notify: moved(s.notify, edit.entry, edit.by) }));
    case 'set-entry':
      return atStep(draft, edit.step, (s) => ({
        ...s,
        notify: s.notify.map((e) => (e.id === edit.entry ? { ...e, entry: edit.value } : e)),
      }));
  }
}

function atStep(draft: Draft, step: number, change: (s: StepDraft) => StepDraft): Draft {
  return { ...draft, steps: draft.steps.map((s) => (s.id === step ? change(s) : s)) };
}

function moved<T extends { id: number }>(list: T[], id: number, by: number): T[] {
  const from = list.findIndex((one) => one.id === id);
  const to = from + by;
  const one = list[from];
  const other = list[to];
  if (!one || !other) {
    return list;
  }
  return list.map((x, i) => (i === from ? other : i === to ? one : x));
}

/** An entry that goes to another account: what the other type cannot do is left out. */
export function withAccount(
  entry: Notify,
  account: string,
  from: Manifest | undefined,
  to: Manifest | undefined
): Notify {
  const next: Notify = { ...entry, account };
  if (!to) {
    return next;
  }
  for (const option of from?.options ?? []) {
    if (!to.options?.some((o) => o.name === option.name && o.kind === option.kind && sameWords(o.enum, option.enum))) {
      delete next[option.name];
    }
  }
  next.to = taken(entry.to, to.targets);
  next.mention = taken(entry.mention, to.mentions);
  next.urgent = urgings(entry.urgent, to);
  if (!to.recall_for_ns) {
    delete next.recall;
  }
  return withoutEmpty(next);
}

function sameWords(a: string[] | undefined, b: string[] | undefined): boolean {
  return (a ?? []).join('\n') === (b ?? []).join('\n');
}

function taken(list: string[] | undefined, kinds: TargetKind[] | undefined): string[] | undefined {
  return list?.filter((target) => {
    const kind = kindOf(target);
    return kind !== undefined && (kinds ?? []).includes(kind);
  });
}

function urgings(urgent: Notify['urgent'], to: Manifest): Notify['urgent'] {
  return Object.fromEntries(Object.entries(urgent ?? {}).filter(([, mode]) => mode !== undefined && canUrge(to, mode)));
}

export function canUrge(type: Manifest, mode: UrgeMode): boolean {
  return type.urge?.[mode] !== undefined;
}

/** Whether a preview of the draft can say more than that something is missing. */
export function previewable(draft: Draft, typeOf: (account: string) => Manifest | undefined): boolean {
  return (
    draft.steps.length > 0 &&
    draft.steps.every(
      (s) =>
        s.notify.length > 0 &&
        s.notify.every(({ entry }) => {
          const type = typeOf(entry.account);
          return type !== undefined && (!type.targets?.length || (entry.to ?? []).length > 0);
        })
    )
  );
}
