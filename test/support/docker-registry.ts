import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './at-end.ts';
import { makeCertificate } from './certificate.ts';
import { freePort } from './listen.ts';
import { commandPath } from './parts.ts';
import { runOk } from './run.ts';
import { type StorageServer, startStorageServer } from './storage-server.ts';
import { tmpFolder } from './tmp.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from './token-server.ts';

export interface DockerRegistryOptions {
  /** @default 'none' */
  auth?: 'none' | 'htpasswd' | 'token';
  /** How the token server behaves, with `auth: 'token'`. */
  token?: Pick<TokenServerOptions, 'expiresIn' | 'grant' | 'postStatus' | 'status'>;
  /** Base path, for example `/link/to/docker/registry/`. */
  prefix?: string;
  /** @default false, as the registry ships */
  deleteEnabled?: boolean;
  /** Blob GETs are redirected to a storage server (307). @default false */
  redirect?: boolean;
  /** HTTPS with a certificate of its own. @default false */
  tls?: boolean;
  /** `Location` without scheme and host. @default false */
  relativeUrls?: boolean;
}

export interface DockerRegistry {
  /** Base URL without a trailing slash, with the prefix if there is one. */
  readonly url: string;
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Whom it lets in, with `auth` other than `none`. */
  readonly username: string;
  readonly password: string;
  /** Root of the file system storage. */
  readonly storageDir: string;
  /** The certificate to trust, with `tls`. */
  readonly caFile?: string;
  /** With `auth: 'token'`. */
  readonly tokenServer?: TokenServer;
  /** With `redirect`. */
  readonly storageServer?: StorageServer;
  readonly stop: () => Promise<void>;
}

const SERVICE = 'loadreg-test-registry';

/** Starts Debian's docker-registry (CNCF Distribution) on a free loopback port, with a configuration and a temporary folder of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = tmpFolder();
  const storageDir = join(folder, 'storage');
  const username = 'tester';
  const password = 'a secret: of tests';
  const certificate = options.tls || options.auth === 'token' ? await makeCertificate() : undefined;
  const tokenServer =
    options.auth === 'token' && certificate ? await startTokenServer({ ...options.token, certificate, username, password }) : undefined;
  const storageServer = options.redirect ? await startStorageServer(storageDir) : undefined;

  let auth: object | undefined;
  if (options.auth === 'htpasswd') {
    const path = join(folder, 'htpasswd');
    writeFileSync(path, await runOk('htpasswd', ['-Bbn', username, password]));
    auth = { htpasswd: { realm: 'basic', path } };
  } else if (tokenServer && certificate) {
    const { realm, issuer } = tokenServer;
    auth = { token: { realm, service: SERVICE, issuer, rootcertbundle: certificate.certFile } };
  }

  const port = await freePort();
  const config = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storageDir },
      delete: { enabled: options.deleteEnabled ?? false },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'of this test only',
      ...(options.prefix !== undefined && { prefix: options.prefix }),
      ...(options.relativeUrls && { relativeurls: true }),
      ...(options.tls && { tls: { certificate: certificate?.certFile, key: certificate?.keyFile } }),
    },
    ...(auth && { auth }),
    ...(storageServer && { middleware: { storage: [{ name: 'redirect', options: { baseurl: `${storageServer.url}/` } }] } }),
  };
  const configFile = join(folder, 'config.yml');
  writeFileSync(configFile, JSON.stringify(config)); // JSON is YAML

  const child = spawn(commandPath('docker-registry') ?? 'docker-registry', ['serve', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await tokenServer?.stop();
    await storageServer?.stop();
  };
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  atEnd(stop);
  await untilReady(child, port);

  const base = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return {
    url: new URL(options.prefix ?? '', base).href.replace(/\/+$/, ''),
    host: `127.0.0.1:${port}`,
    username,
    password,
    storageDir,
    ...(options.tls && certificate && { caFile: certificate.certFile }),
    ...(tokenServer && { tokenServer }),
    ...(storageServer && { storageServer }),
    stop,
  };
}

/** Waits until the port takes connections; a registry that ends before says why. */
async function untilReady(child: ChildProcess, port: number): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
  child.once('error', (error) => (complaint = error.message));
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(10)) {
    if (child.exitCode !== null || child.pid === undefined) break;
    if (await answers(port)) return;
  }
  child.kill('SIGKILL');
  throw new Error(`docker-registry did not start: ${complaint}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
