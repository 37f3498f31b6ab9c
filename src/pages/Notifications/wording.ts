import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { Attempt, Delivery, Progress } from '../../api/types';

export const formatTime = (at: string) => dateTimeFormat(at);

export function wordOfStatus(status: Delivery['status']): string {
  return status === 'resolved'
    ? t('notifications.status.resolved', 'Resolved')
    : t('notifications.status.firing', 'Firing');
}

/** Why a delivery failed, in words; what this version does not know is shown as it came. */
export function wordOfReason(reason: string): string {
  switch (reason) {
    case 'auth':
      return t('notifications.reason.auth', 'Credentials refused');
    case 'permission':
      return t('notifications.reason.permission', 'Permission missing');
    case 'recipient':
      return t('notifications.reason.recipient', 'Recipient refused');
    case 'message':
      return t('notifications.reason.message', 'Message refused');
    case 'rate_limited':
      return t('notifications.reason.rate-limited', 'Limit reached');
    case 'unavailable':
      return t('notifications.reason.unavailable', 'Provider unavailable');
    case 'timeout':
      return t('notifications.reason.timeout', 'No answer in time');
    case 'config':
      return t('notifications.reason.config', 'Configuration wrong');
    case 'outcome_unknown':
      return t('notifications.reason.outcome-unknown', 'Outcome unknown');
    default:
      return reason;
  }
}

export function wordOfOp(op: string): string {
  switch (op) {
    case 'send':
      return t('notifications.op.send', 'Send');
    case 'update':
      return t('notifications.op.update', 'Update the message');
    case 'reply':
      return t('notifications.op.reply', 'Reply in the thread');
    case 'urge':
      return t('notifications.op.urge', 'Urge');
    case 'recall':
      return t('notifications.op.recall', 'Recall');
    case 'track':
      return t('notifications.op.track', 'Ask what became of it');
    default:
      return op;
  }
}

export function wordOfOutcome(outcome: Attempt['outcome']): string {
  switch (outcome) {
    case 'delivered':
      return t('notifications.outcome.delivered', 'Accepted by the provider');
    case 'failed':
      return t('notifications.outcome.failed', 'Failed for good');
    case 'retry':
      return t('notifications.outcome.retry', 'Failed, tried again later');
    case 'limited':
      return t('notifications.outcome.limited', 'Held back by a limit');
    case 'unknown':
      return t('notifications.outcome.unknown', 'Outcome unknown');
  }
}

export function wordOfFate(fate: Progress['fate']): string {
  switch (fate) {
    case 'pending':
      return t('notifications.fate.pending', 'Nothing known yet');
    case 'arrived':
      return t('notifications.fate.arrived', 'Arrived');
    case 'read':
      return t('notifications.fate.read', 'Read');
    case 'answered':
      return t('notifications.fate.answered', 'Call answered');
    case 'unanswered':
      return t('notifications.fate.unanswered', 'Call not answered');
    case 'lost':
      return t('notifications.fate.lost', 'Did not arrive');
  }
}

/** A latency as people read it. */
export function formatLatency(ns: number): string {
  const ms = ns / 1_000_000;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
