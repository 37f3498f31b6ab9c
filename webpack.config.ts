import type { Configuration } from 'webpack';
import { merge } from 'webpack-merge';
import grafanaConfig, { type Env } from './.config/webpack/webpack.config';

// dist/ is the plugin's folder, and holds besides what `mage build` and `mage test` put there before webpack runs.
const keep = /gpx_|yunluo-|pictures|\.zip$/;

export default async function config(env: Env): Promise<Configuration> {
  return merge(await grafanaConfig(env), {
    output: { clean: { keep } },
  });
}
