// A registry that is only files: nginx serving one image's manifest and blobs. It answers faster than any real registry, so what
// is measured against it is the client.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Starts nginx on a free loopback port, pinned to `cpu`, for so many connections at once. Returns its URL and the digests it serves; the image has
 * the tag `1.0` too.
 */
export async function startStaticRegistry({ cpu, layers, layerBytes, smallBytes, connections = 4096 }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'loadreg-bench-'));
  chmodSync(folder, 0o755); // nginx's workers run as another user
  const root = path.join(folder, 'v2/bench/image');
  mkdirSync(path.join(root, 'blobs'), { recursive: true });
  mkdirSync(path.join(root, 'manifests'), { recursive: true });
  const put = (kind, bytes) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(path.join(root, kind, digest), bytes);
    return { digest, size: bytes.length };
  };
  const small = put('blobs', randomBytes(smallBytes));
  const config = put('blobs', Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'));
  const descriptors = Array.from({ length: layers }, () => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    ...put('blobs', randomBytes(layerBytes)),
  }));
  const manifest = put(
    'manifests',
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: descriptors,
      }),
    ),
  );
  copyFileSync(path.join(root, 'manifests', manifest.digest), path.join(root, 'manifests/1.0'));

  const port = await freePort();
  const conf = path.join(folder, 'nginx.conf');
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
worker_rlimit_nofile ${connections + 100};
events { worker_connections ${connections}; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; keepalive_timeout 1h; open_file_cache max=100;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port}; root ${folder};
    location = /v2/ { default_type application/json; return 200 '{}'; }
    location = /v2/bench/image/manifests/1.0 { default_type ${MANIFEST_TYPE}; add_header Docker-Content-Digest ${manifest.digest}; }
    location ~ /manifests/ { default_type ${MANIFEST_TYPE}; }
  }
}
`,
  );
  const nginx = spawn('taskset', ['-c', String(cpu), 'nginx', '-c', conf], { stdio: 'ignore' });
  await answering(port);
  return {
    url: `http://127.0.0.1:${port}`,
    small,
    manifest,
    layerDigests: descriptors.map(({ digest }) => digest),
    async stop() {
      nginx.kill('SIGTERM');
      await new Promise((resolve) => nginx.once('exit', resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(port) {
  for (let i = 0; i < 100; i += 1) {
    const up = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx did not start');
}
