import type { Logger } from '../../src/base/index.ts';

/** A log that keeps what it is told: one text a message, with its level before it. */
export interface KeptLog extends Logger {
  readonly lines: readonly string[];
}

/** An empty log. */
export function keptLog(): KeptLog {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
