import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LoadregError } from '../base/index.ts';

/** The embedded registry in its child process. */
export interface EmbeddedRegistry {
  readonly url: string;
  /** Set when the process ended before it was asked to. */
  readonly lost: () => boolean;
  close(): Promise<void>;
}

/** Starts the embedded registry as a child process. Its blobs lie in a temporary folder that goes with it. */
export function startEmbeddedRegistry(): Promise<EmbeddedRegistry> {
  const child = fork(fileURLToPath(new URL('./embedded-entry.js', import.meta.url)), [], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
    detached: true, // a process group of its own: Ctrl+C is for us, and teardown still needs the registry
  });
  return new Promise((resolve, reject) => {
    let ended = false;
    const exited = new Promise<void>((gone) => {
      child.once('exit', () => {
        ended = true;
        gone();
      });
    });
    const fail = (reason: string) => {
      reject(
        new LoadregError(`the embedded registry did not start: ${reason}`, {
          exit: 'registryUnreachable',
          hint: 'name one with --registry',
        }),
      );
    };
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`it ended with code ${code}`));
    child.once('message', (message: { url?: string; error?: string }) => {
      if (message.url === undefined) {
        fail(message.error ?? 'no reason given');
        return;
      }
      resolve({
        url: message.url,
        lost: () => ended,
        async close() {
          if (child.connected) child.disconnect();
          await exited;
        },
      });
    });
  });
}
