import { readFileSync } from 'node:fs';
import { CLIENTS } from '../flow/index.ts';
import type { RunPlan } from '../plan/index.ts';

/** What the machine allows, against what the plan needs. Undefined where the system does not tell. */
export interface ConnectionLimits {
  /** Connections that the plan may hold at once. */
  readonly planned: number;
  readonly openFiles: number | undefined;
  readonly localPorts: number | undefined;
}

/** Files that a process keeps open beside its connections: libraries, reports, pipes. */
const OTHER_FILES = 100;

/** Reads the limits of the system. `vus` is the number of VUs that the run may make: each keeps its connections to the end. */
export function connectionLimits(plan: RunPlan, vus: number): ConnectionLimits {
  const { connections } = plan.target;
  return {
    planned: connections === 'per-vu' ? vus * connectionsPerVu(plan) : connections.shared,
    openFiles: readNumber('/proc/self/limits', /^Max open files\s+(\d+)/m),
    localPorts: portRange(),
  };
}

/** Connections that one VU may hold to one origin: as many as its flow uses at once. */
export function connectionsPerVu(plan: RunPlan): number {
  const down = plan.layerConcurrency + (CLIENTS[plan.client].configOutsideLimit ? 1 : 0);
  return Math.max(down, plan.push.layerConcurrency);
}

/** What is too small, one sentence each. */
export function limitWarnings(limits: ConnectionLimits): string[] {
  const warnings: string[] = [];
  if (limits.openFiles !== undefined && limits.planned + OTHER_FILES > limits.openFiles) {
    warnings.push(
      `${limits.planned} connections are planned and only ${limits.openFiles} files may be open: raise the limit (ulimit -n ${limits.planned * 2}) or share connections`,
    );
  }
  if (limits.localPorts !== undefined && limits.planned > limits.localPorts) {
    warnings.push(
      `${limits.planned} connections are planned and only ${limits.localPorts} local ports are free for them: share connections`,
    );
  }
  return warnings;
}

function portRange(): number | undefined {
  const text = read('/proc/sys/net/ipv4/ip_local_port_range');
  const [low, high] = (text ?? '').trim().split(/\s+/).map(Number);
  return low !== undefined && high !== undefined && high > low ? high - low + 1 : undefined;
}

function readNumber(file: string, pattern: RegExp): number | undefined {
  const match = pattern.exec(read(file) ?? '');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // not Linux
  }
}
