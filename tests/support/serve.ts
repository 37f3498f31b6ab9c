import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(__dirname, '..', '..');

export interface Running {
  grafana: string;
  sandbox: string;
  smtp: string;
  log: string;
  stop: () => void;
}

export interface Start {
  /** Arguments for serve besides those that name what was built. */
  args?: string[];
  plugin?: string;
  /** The name of the harness below bin/. */
  harness?: string;
  dist?: string;
}

/** Starts the built plugin, a sandbox and the play of Grafana around them. They end with stop, or with this process. */
export async function startGrafana({ args = [], plugin, harness, dist }: Start = {}): Promise<Running> {
  const bin = path.join(root, 'bin', 'apptest');
  const child = spawn(
    path.join(bin, 'serve'),
    [
      `-root=${root}`,
      `-plugin=${path.resolve(root, plugin ?? process.env.APPTEST_PLUGIN ?? path.join(bin, 'gpx_yunluo'))}`,
      `-harness=${path.join(root, 'bin', harness ?? 'harness-12')}`,
      `-dist=${path.resolve(root, dist ?? process.env.APPTEST_DIST ?? 'dist')}`,
      ...args,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] }
  );
  const addresses = await new Promise<Omit<Running, 'stop'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}`)));
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
  });
  return { ...addresses, stop: () => child.stdin.end() };
}
