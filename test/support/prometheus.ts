import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './at-end.ts';
import { freePort } from './listen.ts';
import { commandPath } from './parts.ts';
import { tmpFolder } from './tmp.ts';

/** Debian's prometheus while it runs. */
export interface Prometheus {
  /** The values of an instant query, by their labels as JSON; empty when there are none. */
  query(expression: string): Promise<Record<string, number>>;
  /** Asks until the query gives one value that is as wanted; rejects after `withinMs` with what it gave last. */
  until(expression: string, wanted: (value: number) => boolean, withinMs?: number): Promise<number>;
}

/** Starts Debian's prometheus on a free loopback port, with a temporary folder of its own; it scrapes `url` every `intervalMs`. */
export async function startPrometheus(url: string, intervalMs: number): Promise<Prometheus> {
  const { host, pathname } = new URL(url);
  const scrape = { job_name: 'loadreg', metrics_path: pathname, static_configs: [{ targets: [host] }] };
  const config = { global: { scrape_interval: `${intervalMs}ms`, scrape_timeout: `${intervalMs}ms` }, scrape_configs: [scrape] };
  const folder = tmpFolder({ 'prometheus.yml': JSON.stringify(config) }); // JSON is YAML
  const port = await freePort();
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = spawn(commandPath('prometheus') ?? 'prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
  child.once('error', (error) => (complaint = error.message));
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  atEnd(async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, 'exit');
    kill();
    await exited;
  });

  const base = `http://127.0.0.1:${port}`;
  const ready = async () => (await fetch(`${base}/-/ready`).catch(() => undefined))?.ok === true;
  for (const end = Date.now() + 20_000; !(await ready()); await sleep(50)) {
    if (Date.now() > end || child.exitCode !== null || child.pid === undefined) throw new Error(`prometheus did not start: ${complaint}`);
  }
  const query: Prometheus['query'] = async (expression) => {
    const response = await fetch(`${base}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
    const body = (await response.json()) as { error?: string; data?: { result: { metric: object; value: [number, string] }[] } };
    if (body.data === undefined) throw new Error(body.error);
    return Object.fromEntries(body.data.result.map(({ metric, value }) => [JSON.stringify(metric), Number(value[1])]));
  };
  return {
    query,
    async until(expression, wanted, withinMs = 10_000) {
      let values: number[] = [];
      for (const end = Date.now() + withinMs; Date.now() < end; await sleep(50)) {
        values = Object.values(await query(expression));
        if (values.length === 1 && wanted(values[0] as number)) return values[0] as number;
      }
      throw new Error(`${expression} gives ${values.length === 0 ? 'nothing' : values.join(', ')} after ${withinMs} ms`);
    },
  };
}
