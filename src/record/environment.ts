import { createHash } from 'node:crypto';
import os from 'node:os';
import type { Environment } from './schema-setting.ts';

/** The machine that this process runs on; `label` is `--env-label`. No host name: it says nothing about speed and much about people. */
export function readEnvironment(label: string | undefined): Environment {
  return {
    cpuModel: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    platform: `${process.platform} ${process.arch}`,
    kernel: os.release(),
    nodeVersion: process.version,
    label: label ?? null,
  };
}

/**
 * The id that `loadreg compare` insists on: only what decides how fast the generator is. A new kernel or Node is a note there, no reason
 * to refuse. Memory counts in whole GiB, because kernels of one machine keep different amounts for themselves.
 */
export function environmentId(environment: Environment): string {
  const memoryGib = Math.round(environment.memoryBytes / 1024 ** 3);
  const text = JSON.stringify([environment.cpuModel, environment.cores, memoryGib, environment.label]);
  return `env-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}
