import { execFileSync } from 'node:child_process';
import { LoadregError, messageOf } from '../base/index.ts';

/** Makes a device or pipe, for root alone to use, with `mknod`: Node.js has none of its own. `name` is for messages. Throws LoadregError. */
export function makeNode(at: string, kind: readonly string[], name: string): void {
  try {
    execFileSync('mknod', ['-m', '600', '--', at, ...kind], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    const said = ((error as { stderr?: string }).stderr ?? '').trim();
    const why = said === '' ? messageOf(error) : said.slice(said.lastIndexOf(': ') + 2);
    const hint = 'only root may make devices; without --keep-special they are left out';
    throw new LoadregError(`the device or pipe "${name}" could not be made: ${why}`, { exit: 'transferFailed', hint, cause: error });
  }
}
