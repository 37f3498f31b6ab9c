import pluginJson from './plugin.json';

export const PLUGIN_ID = pluginJson.id;

/** Where the app's pages live, below Grafana's sub path. */
export const PLUGIN_BASE = `/a/${PLUGIN_ID}`;
