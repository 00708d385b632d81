import type { ExitName } from '../base/index.ts';
import { InvalidConfigError } from '../base/index.ts';
import { type CommandSpec, parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { leaveInterrupts } from './interrupt.ts';

/** `loadreg serve`. */
export const spec: CommandSpec = {
  usage: 'loadreg serve',
  summary:
    'Serves the embedded registry until Ctrl+C: the OCI distribution API over plain HTTP, without authentication. Prints its base URL once it can be used.',
  positionals: [],
  flags: [
    { name: 'port', value: 'N', doc: 'port; 0 takes a free one (default 5000)' },
    { name: 'host', value: 'ADDRESS', doc: 'address to listen on (default 127.0.0.1)' },
    { name: 'dir', value: 'DIR', doc: 'keep the content here (default: a temporary folder, removed at the end)' },
    { name: 'prefix', value: 'PATH', doc: 'base path before /v2/' },
    { name: 'until-stdin-closes', doc: 'end when stdin closes', hidden: true },
  ],
};

/** `loadreg serve`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { flags, help } = await parseArgs(args, spec);
  if (help) {
    process.stdout.write(helpText(spec));
    return 'ok';
  }
  const { startRegistry } = await import('../serve/index.ts');
  const text = (name: string) => (typeof flags[name] === 'string' ? { [name]: flags[name] } : {});
  const ended = endOfServing(flags['until-stdin-closes'] === true);
  const registry = await startRegistry({ port: portOf(flags['port']), ...text('host'), ...text('dir'), ...text('prefix') });
  try {
    process.stdout.write(`${registry.url}\n`);
    await ended;
  } finally {
    await registry.close();
  }
  return 'ok';
}

function portOf(given: unknown): number {
  if (given === undefined) return 5000;
  const port = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : -1;
  if (port >= 0 && port <= 65_535) return port;
  throw new InvalidConfigError([{ where: '--port', what: `${JSON.stringify(given)} is not valid`, fix: 'a number from 0 to 65535' }]);
}

/** Resolves at SIGINT or SIGTERM, and with the flag when stdin closes, so that a server ends with the program that started it. */
function endOfServing(untilStdinCloses: boolean): Promise<void> {
  return new Promise((resolve) => {
    leaveInterrupts();
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    if (!untilStdinCloses) return;
    process.stdin.once('close', () => resolve()).once('end', () => resolve());
    process.stdin.resume();
  });
}
