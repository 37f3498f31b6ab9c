import { AppPlugin, PluginExtensionPoints, type PluginExtensionAddedLinkConfig } from '@grafana/data';
import pluginJson from './plugin.json';
import { addWhoWasTold, pathOfInstance, pathOfRule } from './whoWasTold';

test('an alert rule leads to what was sent about it', () => {
  expect(pathOfRule({ name: 'CPU > 90 % & rising' })).toBe(
    '/a/yunluo-notify-app/notifications?search=CPU%20%3E%2090%20%25%20%26%20rising'
  );
});

test('an alert leads to what was sent about its name', () => {
  expect(pathOfInstance({ instance: { labels: { alertname: 'HighLatency', pod: 'a' } } })).toBe(
    '/a/yunluo-notify-app/notifications?search=HighLatency'
  );
});

/** Wraps as Grafana 12.4 does: an object inside is answered as another proxy. */
function readOnly<T extends object>(o: T): T {
  return new Proxy(o, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      return typeof value === 'object' && value !== null ? readOnly(value) : value;
    },
  });
}

test('what Grafana has frozen can be read through its proxy', () => {
  const context = { instance: Object.freeze({ labels: Object.freeze({ alertname: 'HighLatency' }) }) };
  expect(() => readOnly(context).instance.labels).toThrow(/proxy/);
  expect(pathOfInstance(readOnly(context))).toBe('/a/yunluo-notify-app/notifications?search=HighLatency');
});

test.each([undefined, {}, { instance: {} }])('without a name, all notifications are shown: %j', (context) => {
  expect(pathOfInstance(context)).toBe('/a/yunluo-notify-app/notifications');
});

/** Keeps what a plugin adds. */
class Recorder extends AppPlugin<{}> {
  readonly links: PluginExtensionAddedLinkConfig[] = [];
  addLink<Context extends object>(link: PluginExtensionAddedLinkConfig<Context>) {
    const { title, description, targets } = link;
    this.links.push({ title, description, targets, path: link.path });
    return this;
  }
}

test('links are added as plugin.json announces them, since Grafana refuses others', () => {
  const { links } = addWhoWasTold(new Recorder());
  expect(links.map(({ title, description, targets }) => ({ title, description, targets }))).toEqual(
    pluginJson.extensions.addedLinks
  );
  expect(links.map((l) => l.targets).flat()).toEqual([
    PluginExtensionPoints.AlertingAlertingRuleAction,
    PluginExtensionPoints.AlertInstanceAction,
  ]);
});
