import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';

import { type Logger, printable } from '../base/index.ts';
import { redact } from './secrets.ts';

/** How the log looks and where its lines go. */
export interface LogOptions {
  readonly format: 'text' | 'json';
  readonly verbose: boolean;
  readonly colors: boolean;
  /** Gets whole lines; called synchronously, so that nothing is lost when the process ends. */
  readonly write: (line: string) => void;
}

/** A pino logger behind loadreg's own interface. Secrets are taken out of every line. */
export function createLogger({ format, verbose, colors, write }: LogOptions): Logger {
  // Not pino-pretty's stream: it writes later, and lines would be lost or land in the middle of the bars.
  const pretty = format === 'text' ? prettyFactory({ colorize: colors, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }) : undefined;
  const destination = {
    write(line: string) {
      write(redact(pretty === undefined ? line : pretty(line)));
    },
  };
  const log = pino({ level: verbose ? 'debug' : 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    debug: (message, fields = {}) => log.debug(fields, printable(message)),
    info: (message, fields = {}) => log.info(fields, printable(message)),
    warn: (message, fields = {}) => log.warn(fields, printable(message)),
    error: (message, fields = {}) => log.error(fields, printable(message)),
  };
}
