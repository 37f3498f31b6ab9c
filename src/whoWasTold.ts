import { PluginExtensionPoints, type AppPlugin, type PluginExtensionAddedLinkConfig } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PLUGIN_BASE } from './constants';

/** What Grafana hands to links of an alert rule and of an alert; all of it may be missing. */
interface RuleContext {
  name?: string;
}
interface InstanceContext {
  instance?: { labels?: Record<string, string> };
}

export function pathOfRule(context?: RuleContext): string {
  return notificationsOf(own(context, 'name'));
}

export function pathOfInstance(context?: InstanceContext): string {
  return notificationsOf(own(own(own(context, 'instance'), 'labels'), 'alertname'));
}

/**
 * Reads a property past the proxy around what Grafana hands out. Where that is frozen, as alerts are, asking the proxy for an
 * object throws, since its get answers with another proxy (seen on Grafana 12.4); the descriptor is not in its way.
 */
function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

function notificationsOf(alertname: unknown): string {
  return `${PLUGIN_BASE}/notifications${typeof alertname === 'string' && alertname !== '' ? `?search=${encodeURIComponent(alertname)}` : ''}`;
}

/** Adds links at alert rules and at alerts to their notifications. The titles are those in plugin.json, as Grafana demands. */
export function addWhoWasTold<T extends AppPlugin<{}>>(plugin: T): T {
  const link = <C extends object>(target: string, description: string, path: (c?: C) => string): PluginExtensionAddedLinkConfig<C> => ({
    title: 'Who was told? (Yunluo)',
    description,
    targets: [target],
    icon: 'bell',
    path: path(),
    configure: (context) => ({ title: t('who-was-told.title', 'Who was told? (Yunluo)'), path: path(context) }),
  });
  plugin.addLink<RuleContext>(
    link(PluginExtensionPoints.AlertingAlertingRuleAction, 'The notifications of this alert rule in Yunluo', pathOfRule)
  );
  plugin.addLink<InstanceContext>(
    link(PluginExtensionPoints.AlertInstanceAction, 'The notifications of this alert in Yunluo', pathOfInstance)
  );
  return plugin;
}
