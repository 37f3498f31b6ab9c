import React from 'react';
import { Route, Routes } from 'react-router-dom';
import type { OrgRole } from '@grafana/data';
import { config } from '@grafana/runtime';
import type { Accounts, Manifest } from '../api/types';
import { PLUGIN_BASE } from '../constants';
import { AccountsPage } from '../pages/Accounts';
import { playBackend, type Asked, type Handler } from './backend';
import { renderAt } from './render';

export const types: Manifest[] = [
  {
    type: 'feishu_app',
    provider: 'feishu',
    title: { zh: '飞书应用', en: 'Feishu app' },
    summary: { en: 'Sends as the bot of an app' },
    base_url: 'https://open.feishu.cn',
    docs: 'https://open.feishu.cn/document',
    fields: [
      { name: 'app_id', label: { en: 'App ID' }, kind: 'string', required: true },
      { name: 'app_secret', label: { en: 'App Secret' }, kind: 'string', secret: true, required: true },
    ],
  },
  {
    type: 'dingtalk_robot',
    provider: 'dingtalk',
    title: { zh: '钉钉机器人', en: 'DingTalk robot' },
    summary: { en: 'Posts into one group' },
    base_url: 'https://oapi.dingtalk.com',
    fields: [
      { name: 'access_token', label: { en: 'Access token' }, kind: 'string', secret: true, required: true },
      { name: 'secret', label: { en: 'Signing secret' }, kind: 'string', secret: true },
    ],
  },
  {
    type: 'email',
    provider: 'email',
    title: { zh: '邮件', en: 'E-mail' },
    summary: { en: 'Sends mails' },
    schemes: ['smtps', 'smtp'],
    fields: [{ name: 'from', label: { en: 'Sender' }, kind: 'string', required: true }],
  },
];

export const saved: Accounts = {
  read_only: false,
  revision: 'r1',
  faults: [],
  accounts: [
    {
      name: 'corp',
      type: 'feishu_app',
      title: 'Corp app',
      settings: { type: 'feishu_app', title: 'Corp app', app_id: 'cli_1', limits: 'none' },
      secrets: ['app_secret'],
    },
    {
      name: 'robot',
      type: 'dingtalk_robot',
      settings: { type: 'dingtalk_robot' },
      secrets: ['access_token', 'secret'],
    },
    { name: 'bare', type: 'feishu_app', settings: { type: 'feishu_app' } },
  ],
};

/** What a change answers the page to store, in these tests. */
export const toSave = { enabled: true, pinned: true, jsonData: { a: 1 }, secureJsonData: {} };

/** Draws the accounts' pages at a path below the app's. */
export function open(path: string, handlers: Record<string, Handler> = {}) {
  const asked = playBackend({
    'GET /v1/types': () => types,
    'GET /v1/accounts': () => saved,
    'POST /api/plugins/yunluo-notify-app/settings': () => ({}),
    ...handlers,
  });
  const page = renderAt(
    PLUGIN_BASE + path,
    <Routes>
      <Route path={`${PLUGIN_BASE}/accounts/*`} element={<AccountsPage />} />
      <Route path={`${PLUGIN_BASE}/contact-points/new`} element={<p>New contact point</p>} />
    </Routes>
  );
  return { ...page, asked };
}

export const as = (role: OrgRole) => {
  config.bootData.user.orgRole = role;
};
export const sent = (asked: Asked[]) => asked.find((a) => a.method === 'PUT');
