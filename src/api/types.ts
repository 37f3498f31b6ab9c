/** A sentence in the languages of Yunluo; either may be missing. */
export interface Text {
  zh?: string;
  en?: string;
}

export type FieldKind = 'string' | 'text' | 'bool' | 'int' | 'duration' | 'url';

/** One setting of an account, or of an entry of a step, as the backend's manifest describes it. */
export interface Field {
  name: string;
  label: Text;
  help?: Text;
  kind: FieldKind;
  secret?: boolean;
  required?: boolean;
  default?: string;
  enum?: string[];
}

export type Severity = 'critical' | 'high' | 'warning' | 'info' | 'none';
export const severities: Severity[] = ['critical', 'high', 'warning', 'info', 'none'];

export type TargetKind = 'person' | 'chat' | 'user' | 'department' | 'tag' | 'phone' | 'email' | 'on_call' | 'all';
export type UrgeMode = 'app' | 'sms' | 'phone';

/** A type of account. Everything that is drawn of a type comes from here, so a new type needs no change of the pages. */
export interface Manifest {
  type: string;
  provider: string;
  title: Text;
  summary: Text;
  fields: Field[];
  options?: Field[];
  base_url?: string;
  schemes?: string[];
  targets?: TargetKind[];
  mentions?: TargetKind[];
  limits?: Limit[];
  urge?: Partial<Record<UrgeMode, unknown>>;
  rings?: boolean;
  recall_for_ns?: number;
  docs?: string;
  /** An SVG. */
  logo?: string;
}

export interface Limit {
  scope: 'account' | 'target';
  count: number;
  per_ns: number;
  kind?: 'budget' | 'quota';
  /** The operations that count; all without any. */
  ops?: string[];
}

/** Whose the configuration is. */
export interface Owner {
  read_only: boolean;
  config_path?: string;
  /** Said to an editor whom no admin let change contact points and people. */
  admins_only?: boolean;
}

/** Names the state of the settings that a change was made from. */
export interface Revised {
  revision: string;
}

export interface Fault {
  path: string;
  message: Text;
  hint?: Text;
}

export type SettingValue = string | number | boolean | null | SettingValue[] | { [key: string]: SettingValue };
export type Settings = Record<string, SettingValue>;

export interface Account {
  name: string;
  type: string;
  title?: string;
  /** Only for admins, without secrets. */
  settings?: Settings;
  /** The names of the secrets that are set, only for admins. */
  secrets?: string[];
}

export interface Accounts extends Owner, Revised {
  accounts: Account[];
  faults: Fault[];
}

/** An entry of a step: whom to notify by which account. Options of the account's type stand beside these. */
export interface Notify {
  account: string;
  to?: string[];
  mention?: string[];
  urgent?: Partial<Record<Severity, UrgeMode>>;
  severities?: Severity;
  recall?: boolean;
  [option: string]: unknown;
}

export interface Step {
  on?: 'failure';
  give_up?: string;
  notify: Notify[];
  [field: string]: unknown;
}

/** A contact point as the configuration writes it. Fields that the pages do not know are kept. */
export interface ContactPointSettings {
  name?: string;
  title?: string;
  language?: string;
  time_zone?: string;
  repeat?: string;
  steps: Step[];
  [field: string]: unknown;
}

export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'unknown' | 'superseded';
export const deliveryStates: DeliveryState[] = ['waiting', 'delivered', 'failed', 'unknown', 'superseded'];

export interface LastDelivery {
  id: string;
  state: DeliveryState;
  at: string;
  reason?: string;
  code?: string;
}

export interface ContactPoint {
  name: string;
  title?: string;
  path: string;
  signed: boolean;
  /** Only for editors. */
  settings?: ContactPointSettings;
  last?: LastDelivery;
}

export interface ContactPoints extends Owner, Revised {
  contact_points: ContactPoint[];
}

export interface Person {
  name: string;
  title?: string;
  email?: string;
  mobile?: string;
  /** By provider. */
  ids?: Record<string, string>;
}

export interface People extends Owner, Revised {
  people: Person[];
}

export interface Defaults extends Owner, Revised {
  defaults: Settings;
  public_url?: string;
}

export interface Attempt {
  at: string;
  op: string;
  latency_ns: number;
  outcome: 'delivered' | 'failed' | 'retry' | 'limited' | 'unknown';
  reason?: string;
  code?: string;
  text?: string;
  hint?: Text;
}

/** What a provider said later of something that it took. */
export interface Progress {
  fate: 'pending' | 'arrived' | 'read' | 'answered' | 'unanswered' | 'lost';
  final?: boolean;
  code?: string;
  text?: string;
  hint?: Text;
  readers?: string[];
}

export interface Delivery {
  id: string;
  group_id: string;
  group_key: string;
  source: string;
  contact_point: string;
  step: number;
  account: string;
  type: string;
  target: string;
  op: string;
  part: number;
  parts: number;
  title: string;
  alerts: string[] | null;
  status: 'firing' | 'resolved';
  severity: Severity;
  state: DeliveryState;
  reason?: string;
  code?: string;
  text?: string;
  hint?: Text;
  message_id?: string;
  folded_into?: string;
  refused?: Array<{ target: string; reason?: string; code?: string; text?: string; hint?: Text }>;
  notes?: Text[];
  created_at: string;
  finished_at?: string;
  attempts: Attempt[] | null;
  /** Missing where nobody asks the provider. */
  progress?: Progress;
}

export interface History {
  deliveries: Delivery[];
  next?: string;
}

export interface HistoryFilter {
  contact_point?: string;
  account?: string;
  state?: DeliveryState;
  group?: string;
  search?: string;
  since?: string;
  until?: string;
}

export interface Bucket extends Record<DeliveryState, number> {
  at: string;
}

export interface Figures {
  buckets: Bucket[];
}

export interface Check {
  name: Text;
  ok: boolean;
  detail?: string;
  hint?: Text;
}

export interface Probe {
  account: string;
  type: string;
  ok: boolean;
  checks: Check[];
}

export interface Health extends Owner {
  revision?: string;
  ready: boolean;
  problems: Text[];
  faults?: Fault[];
  build: string;
  data_dir?: string;
  core?: string;
  waiting: number;
  accounts?: Probe[];
}

export type BlockKind =
  | 'heading'
  | 'text'
  | 'quote'
  | 'list'
  | 'divider'
  | 'button'
  | 'buttons'
  | 'note'
  | 'fields'
  | 'code';

export interface Span {
  text: string;
  bold?: boolean;
  url?: string;
  mention?: string;
  color?: string;
}

export interface Block {
  kind: BlockKind;
  text?: string;
  spans?: Span[];
  fields?: Block[];
  url?: string;
  level?: number;
}

export type Shape = 'card' | 'bubble' | 'sms' | 'call' | 'mail' | 'data';

/** What a person would see, as a tree that is drawn the same for every type. */
export interface PreviewTree {
  shape: Shape;
  from?: string;
  segments?: number;
  /** What the list of chats says, where the message itself does not show it. */
  listed?: string;
  color?: string;
  title?: string;
  blocks: Block[] | null;
  mentions?: string[];
}

export interface Preview {
  account: string;
  type: string;
  target: string;
  parts: Array<{ preview: PreviewTree; bytes: number }>;
  notes: Text[];
  error?: string;
}

export interface TestedDelivery {
  id: string;
  step: number;
  account: string;
  target: string;
  state: DeliveryState;
  reason?: string;
  code?: string;
  text?: string;
  hint?: Text;
}

export interface TestResult {
  state: DeliveryState;
  group_id: string;
  duplicate?: string;
  deliveries: TestedDelivery[];
  notes: Text[];
}

/** Grafana's webhook contact point that calls ours. */
export interface Linked {
  exists: boolean;
  api: 'receivers' | 'provisioning';
  title?: string;
  uid: string;
  provenance?: string;
  /** How many notification policies use it. */
  routes: number;
  /** How many alert rules name it themselves; Grafana's older API does not tell. */
  rules: number;
  /** The settings that are not as they should be. */
  differences: string[];
  written: boolean;
}

export interface GrafanaAccess extends Revised {
  url: string;
  app_url: string;
  webhook_token: boolean;
  settings_token: boolean;
  /** Whether Grafana manages a service account for the app. */
  managed: boolean;
}

export interface Manual {
  url: string;
  method: string;
  authorization_scheme: string;
  signature_header: string;
  timestamp_header: string;
  max_alerts: number;
  yaml: string;
  terraform: string;
}

/** What Grafana is to store as the app's settings. */
export interface PluginSettings {
  enabled: boolean;
  pinned: boolean;
  jsonData: Record<string, unknown>;
  secureJsonData: Record<string, string>;
}

export type Changed = { saved: true; hmac_secret?: string } | { saved: false; save: PluginSettings; hmac_secret?: string };
