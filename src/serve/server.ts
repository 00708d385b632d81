import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, LoadregError, messageOf } from '../base/index.ts';
import { createHandler } from './handler.ts';

/** How the embedded registry is started. */
export interface RegistryOptions {
  /** Address to listen on. @default '127.0.0.1' */
  host?: string;
  /** Port; 0 takes a free one. @default 0 */
  port?: number;
  /** Folder for the content, which is there again after a restart. Without one a temporary folder is used and removed on close. */
  dir?: string;
  /** Base path before `/v2/`, for example `/link/to/docker/registry`. @default '' */
  prefix?: string;
}

/** The embedded registry while it runs. */
interface RunningRegistry {
  /** Base URL without a trailing slash: `http://127.0.0.1:40123`, with the prefix if there is one. */
  readonly url: string;
  /** Breaks off the connections, frees the port and removes the temporary folder. Doing it again does nothing. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the embedded registry: the OCI distribution API without authentication over plain HTTP.
 * Throws `LoadregError` (exit 104) when the folder cannot be used or the port not be had.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const { host = '127.0.0.1', port = 0 } = options;
  const prefix = normalizePrefix(options.prefix ?? '');
  const dir = useFolder(options.dir);
  const removeTemporary = () => {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };

  const handler = openFolder(dir, options.dir !== undefined, prefix);
  const server = createServer(
    {
      keepAliveTimeout: 75_000, // longer than clients keep an idle connection, so that they and not the server close it
      requestTimeout: 0, // an upload takes as long as it takes
    },
    handler.listener,
  );
  try {
    await listen(server, host, port);
  } catch (error) {
    await handler.close();
    removeTemporary();
    throw new LoadregError(`the registry cannot listen on ${host}:${port}: ${messageOf(error)}`, {
      exit: 'invalidConfig',
      hint:
        codeOf(error) === 'EADDRINUSE'
          ? 'choose another port; 0 takes a free one'
          : 'choose an address of this machine, for example 127.0.0.1',
      cause: error,
    });
  }

  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const close = async () => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await handler.close();
    removeTemporary();
  };
  let closing: Promise<void> | undefined;
  return { url: `http://${shownHost}:${address.port}${prefix}`, close: () => (closing ??= close()) };
}

/** The prefix with a leading and without a trailing slash. */
function normalizePrefix(prefix: string): string {
  const parts = prefix.split('/').filter((part) => part !== '');
  return parts.map((part) => `/${part}`).join('');
}

function useFolder(dir: string | undefined): string {
  if (dir === undefined) return mkdtempSync(join(tmpdir(), 'loadreg-registry-'));
  try {
    mkdirSync(dir, { recursive: true });
    return dir;
  } catch (error) {
    throw unusable(dir, error);
  }
}

function openFolder(dir: string, keep: boolean, prefix: string) {
  try {
    return createHandler({ dir, keep, prefix });
  } catch (error) {
    throw unusable(dir, error);
  }
}

function unusable(dir: string, cause: unknown): LoadregError {
  return new LoadregError(`the registry cannot use the folder ${dir}: ${messageOf(cause)}`, {
    exit: 'invalidConfig',
    hint: 'name a folder that is empty or was made by an earlier registry, and that may be written',
    cause,
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, 511, () => {
      server.off('error', reject);
      server.on('error', () => {}); // a connection that could not be accepted (EMFILE) is the client's to report; the others go on
      resolve();
    });
  });
}
