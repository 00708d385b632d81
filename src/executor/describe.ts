/** Texts of executors, as k6 writes them. */

/** A duration as Go prints it: `500ms`, `30s`, `1m30s`, `5m0s`, `1h0m0s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = Number(((ms % 60_000) / 1000).toFixed(3));
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

/** Facts in brackets behind a description: texts as they are, then durations, of which those that are 0 are left out. */
export function facts(durations: Readonly<Record<string, number>>, texts: readonly string[] = []): string {
  const given = Object.entries(durations).filter(([, ms]) => ms > 0);
  const all = [...texts, ...given.map(([name, ms]) => `${name}: ${goDuration(ms)}`)];
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}

/** `1 stage`, `3 stages`. */
export function stageCount(stages: readonly unknown[]): string {
  return `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}`;
}

/** `0m12s/5m00s`: how far, and of how much. */
export function progressTime(elapsedMs: number, totalMs: number): string {
  return `${minutesAndSeconds(Math.min(elapsedMs, totalMs))}/${minutesAndSeconds(totalMs)}`;
}

function minutesAndSeconds(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${two(seconds % 60)}s` : `${Math.floor(minutes / 60)}h${two(minutes % 60)}m${two(seconds % 60)}s`;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

/** A share of 0 to 1, whatever is given. */
export function shareDone(done: number, total: number): number {
  return total <= 0 ? 1 : Math.max(0, Math.min(1, done / total));
}
