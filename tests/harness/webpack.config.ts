import { createRequire } from 'node:module';
import path from 'path';
import TerserPlugin from 'terser-webpack-plugin';
import webpack, { type Configuration } from 'webpack';

/** Bundles what Grafana brings. context is the folder from where its packages are found, name that of the output below bin/. */
export function harness(context: string, name: string, version: string): Configuration {
  const runtime = path.dirname(createRequire(path.join(context, 'main.ts')).resolve('@grafana/runtime/package.json'));
  return {
    context,
    mode: 'production',
    target: 'web',
    entry: { main: './main.ts' },
    cache: { type: 'filesystem', name },
    devtool: false,
    performance: { hints: false },
    module: {
      rules: [
        {
          test: /\.tsx?$/,
          exclude: /node_modules/,
          use: { loader: 'swc-loader', options: { jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true } } } },
        },
        { test: /\.css$/, use: ['style-loader', 'css-loader'] },
        { test: /\.m?js$/, resolve: { fullySpecified: false } },
      ],
    },
    optimization: { minimizer: [new TerserPlugin({ minify: TerserPlugin.swcMinify, extractComments: false })] },
    output: { path: path.resolve(import.meta.dirname, '../../bin', name), publicPath: '/public/harness/', clean: true },
    plugins: [
      new webpack.DefinePlugin({ GRAFANA_VERSION: JSON.stringify(version) }),
      new webpack.ProvidePlugin({ process: path.resolve(import.meta.dirname, 'process.ts') }),
    ],
    resolve: {
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
      symlinks: false,
      // Only Grafana itself may set it, so the package does not export the setter.
      alias: { 'grafana-plugin-page$': path.join(runtime, 'dist/esm/components/PluginPage.mjs') },
    },
    stats: 'errors-warnings',
  };
}

export default harness(import.meta.dirname, 'harness-12', '12.4.0');
