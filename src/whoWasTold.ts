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
  return notificationsOf(context?.name);
}

export function pathOfInstance(context?: InstanceContext): string {
  return notificationsOf(context?.instance?.labels?.alertname);
}

function notificationsOf(alertname?: string): string {
  return `${PLUGIN_BASE}/notifications${alertname ? `?search=${encodeURIComponent(alertname)}` : ''}`;
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
