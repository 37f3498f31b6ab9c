import React from 'react';
import { Route, Routes, useLocation } from 'react-router-dom';
import { configure } from '@testing-library/react';
import type { OrgRole } from '@grafana/data';
import { config } from '@grafana/runtime';
import type { Account, ContactPoint, ContactPoints, Linked, Manifest, Manual, Person } from '../api/types';
import { PLUGIN_BASE } from '../constants';
import { ContactPointsPage } from '../pages/ContactPoints';
import { playBackend, type Asked, type Handler } from './backend';
import { renderAt } from './render';

export const chatApp: Manifest = {
  type: 'chat_app',
  provider: 'chat',
  title: { en: 'Chat app' },
  summary: { en: 'Cards for people and groups' },
  fields: [],
  targets: ['chat', 'person', 'all'],
  mentions: ['person', 'user'],
  urge: { app: {}, phone: {} },
  recall_for_ns: 1,
  limits: [{ scope: 'account', count: 20, per_ns: 60e9 }],
  options: [{ name: 'form', label: { en: 'Message form' }, kind: 'string', enum: ['card', 'text'], default: 'card' }],
};
export const groupRobot: Manifest = {
  type: 'group_robot',
  provider: 'chat',
  title: { en: 'Group robot' },
  summary: { en: 'Posts into one group' },
  fields: [],
  mentions: ['person'],
};
export const phoneCall: Manifest = {
  type: 'phone_call',
  provider: 'tel',
  title: { en: 'Phone call' },
  summary: { en: 'Reads aloud' },
  fields: [],
  targets: ['phone'],
  rings: true,
};

export const accounts: Account[] = [
  { name: 'corp', type: 'chat_app', title: 'Corp app' },
  { name: 'robot', type: 'group_robot', title: 'Ops robot' },
];
export const people: Person[] = [
  { name: 'li', title: 'Li Lei', email: 'li@example.com' },
  { name: 'han', title: 'Han Meimei' },
];

export const payments: ContactPoint = {
  name: 'payments',
  title: 'Payments',
  path: '/v1/notify/payments',
  signed: true,
  settings: {
    name: 'payments',
    title: 'Payments',
    stale_after: '8h',
    steps: [{ notify: [{ account: 'corp', to: ['chat:oc_1'] }] }, { on: 'failure', notify: [{ account: 'robot' }] }],
  },
  last: { id: 'd-9', state: 'failed', at: '2026-11-26T00:00:00Z' },
};

export const saved = (...points: ContactPoint[]): ContactPoints => ({
  read_only: false,
  revision: 'r1',
  contact_points: points,
});

export const linked: Linked = {
  exists: true,
  api: 'receivers',
  title: 'Payments (Yunluo)',
  uid: 'yunluo-payments',
  routes: 2,
  rules: 0,
  differences: [],
  written: false,
};

export const manual: Manual = {
  url: 'https://grafana.example/notify/payments',
  method: 'POST',
  authorization_scheme: 'Bearer',
  signature_header: 'X-Signature',
  timestamp_header: 'X-Timestamp',
  max_alerts: 100,
  yaml: 'apiVersion: 1',
  terraform: 'resource "grafana_contact_point"',
};

/** What a change answers the page to store, in these tests. */
export const toSave = { enabled: true, pinned: true, jsonData: { a: 1 }, secureJsonData: {} };

export const as = (role: OrgRole) => {
  config.bootData.user.orgRole = role;
};

// jsdom takes some 10 ms to work out the style of an element, a long form asks for hundreds after each click, and no test
// here depends on more than what is written at the element itself.
const computed = window.getComputedStyle.bind(window);
window.getComputedStyle = (element, pseudo) =>
  element instanceof HTMLElement || element instanceof SVGElement ? element.style : computed(element, pseudo);
configure({ defaultHidden: true });

// jsdom lays nothing out, and a list without height shows none of its options.
Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, value: 320 });

function Address() {
  const { pathname, search } = useLocation();
  return <output aria-label="address">{pathname.slice(PLUGIN_BASE.length) + search}</output>;
}

/** Draws the pages of contact points at a path below the app's. */
export function open(path: string, handlers: Record<string, Handler> = {}) {
  const asked = playBackend({
    'GET /v1/types': () => [chatApp, groupRobot, phoneCall],
    'GET /v1/accounts': () => ({ read_only: false, revision: 'r1', accounts, faults: [] }),
    'GET /v1/people': () => ({ read_only: false, revision: 'r1', people }),
    'GET /v1/defaults': () => ({
      read_only: false,
      revision: 'r1',
      defaults: { language: 'en', time_zone: 'Asia/Tokyo' },
    }),
    'GET /v1/contact-points': () => saved(payments),
    'POST /v1/contact-points/payments/grafana': () => ({
      state: linked,
      path: '/alerting/notifications/receivers/x/edit',
    }),
    'GET /v1/contact-points/payments/manual': () => manual,
    'POST /v1/preview': () => [],
    'POST /api/plugins/yunluo-notify-app/settings': () => ({}),
    ...handlers,
  });
  const page = renderAt(
    PLUGIN_BASE + path,
    <>
      <Address />
      <Routes>
        <Route path={`${PLUGIN_BASE}/contact-points/*`} element={<ContactPointsPage />} />
        <Route path="*" element={<p>Another page</p>} />
      </Routes>
    </>
  );
  return { ...page, asked };
}

export const sent = (asked: Asked[], method: string, path: string) =>
  asked.filter((a) => a.method === method && a.path.split('?')[0] === path).map((a) => a.body);
