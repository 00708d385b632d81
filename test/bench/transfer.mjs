// npm run bench:transfer: loadreg push and loadreg pull beside skopeo and umoci, from the same run. Rounds are interleaved, each against a new
// embedded registry; figures are medians of the rounds: wall time, CPU time of the client, and its highest resident memory.
import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip, createGzip } from 'node:zlib';

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/cli/main.js');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const LAYER_BYTES = Number(process.env.BENCH_LAYER_MIB ?? 1024) * 1024 ** 2;
const work = mkdtempSync(path.join(tmpdir(), 'loadreg-bench-transfer-'));
const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Runs commands one after the other; returns their wall and CPU time in s and the highest resident memory of any in MiB. */
async function measure(...commands) {
  const sum = { wall: 0, cpu: 0, peak: 0 };
  for (const [command, ...args] of commands) {
    const started = performance.now();
    const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'bash', command, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    const watching = setInterval(() => (sum.peak = Math.max(sum.peak, residentOfChildren(child.pid))), 20);
    const [code] = await once(child, 'close');
    clearInterval(watching);
    const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(output) ?? [];
    if (code !== 0 || user === undefined) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
    sum.wall += (performance.now() - started) / 1000;
    sum.cpu += Number(user) + Number(system);
  }
  return sum;
}

/** The high-water mark that the kernel keeps for each process below `pid`, MiB. */
function residentOfChildren(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const marks = children.map((child) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0));
    return Math.max(...marks) / 1024;
  } catch {
    return 0; // it has ended
  }
}

/** Runs `use` with the host of a new embedded registry. */
async function withRegistry(use) {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--until-stdin-closes'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [url] = await once(createInterface(child.stdout), 'line');
    return await use(new URL(url).host);
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
}

/** An OCI archive of these layers, gzipped files on disk, as `path`. */
async function ociArchive(layers, name) {
  const layout = path.join(work, `${name}-layout`);
  const blobs = path.join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes) => {
    const digest = digestOf(bytes);
    writeFileSync(path.join(blobs, digest.slice(7)), bytes);
    return { digest, size: bytes.length };
  };
  const descriptors = [];
  const diffIds = [];
  for (const file of layers) {
    const digest = await hashOf(createReadStream(file));
    diffIds.push(await hashOf(createReadStream(file).pipe(createGunzip())));
    await pipeline(createReadStream(file), createWriteStream(path.join(blobs, digest.slice(7))));
    descriptors.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: statSync(file).size });
  }
  const config = put(
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: diffIds } })),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: descriptors,
      }),
    ),
  );
  const annotations = { 'org.opencontainers.image.ref.name': '1.0' };
  writeFileSync(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    path.join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, ...manifest, annotations }] }),
  );
  const archive = path.join(work, `${name}.tar`);
  await measure(['tar', '-C', layout, '-cf', archive, 'oci-layout', 'index.json', 'blobs']);
  rmSync(layout, { recursive: true });
  return archive;
}

async function hashOf(stream) {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/** A layer of one file that does not compress. */
async function incompressibleLayer(bytes) {
  const file = path.join(work, 'random');
  const out = createWriteStream(file);
  for (let left = bytes; left > 0; left -= 2 ** 20) {
    if (!out.write(randomFillSync(Buffer.alloc(2 ** 20)))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  const layer = path.join(work, 'random.tar.gz');
  const tar = spawn('tar', ['-C', work, '-cf', '-', 'random'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await pipeline(tar.stdout, createGzip({ level: 1 }), createWriteStream(layer));
  rmSync(file);
  return layer;
}

/** The files of Debian's required packages, as a minimal installation has them, and a layer on top that removes some. */
async function debianLayers() {
  const base = path.join(work, 'debian.tar.gz');
  const list = `dpkg-query -W -f '\${Priority} \${Package}\\n' | sed -n 's/^required //p' | xargs dpkg-query -L 2>/dev/null | sort -u`;
  const pack = `${list} | sed 's,^/,,' | tar -C / --no-recursion --ignore-failed-read -T - -cf - 2>/dev/null | gzip -6 > '${base}'`;
  await measure(['bash', '-c', pack]);
  const top = path.join(work, 'top.tar.gz');
  const whiteouts = `mkdir -p '${work}/top/usr/share/man' '${work}/top/usr/share/doc' && touch '${work}/top/usr/share/man/.wh..wh..opq' '${work}/top/usr/share/.wh.locale'`;
  await measure(['bash', '-c', `${whiteouts} && tar -C '${work}/top' -czf '${top}' usr`]);
  return [base, top];
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function row(name, rounds) {
  const of = (who, figure) => median(rounds.map((round) => round[who][figure]));
  const [ours, theirs] = ['ours', 'theirs'].map((who) => ({ wall: of(who, 'wall'), cpu: of(who, 'cpu'), peak: of(who, 'peak') }));
  const show = ({ wall, cpu, peak }) => `${wall.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, ${Math.round(peak)} MiB`;
  console.log(`| ${name} | ${show(ours)} | ${show(theirs)} | ${(ours.wall / theirs.wall).toFixed(2)} |`);
}

const loadreg = (...args) => [process.execPath, main, ...args];
try {
  console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, ${ROUNDS} rounds\n`);
  const large = await ociArchive([await incompressibleLayer(LAYER_BYTES)], 'large');
  const debian = await ociArchive(await debianLayers(), 'debian');
  console.log('| | loadreg | the others | wall time, loadreg / others |\n|---|---|---|---|');

  const pushes = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const ours = await withRegistry((host) => measure(loadreg('push', large, `${host}/bench/large:1.0`, '-q')));
    const theirs = await withRegistry((host) =>
      measure(['skopeo', 'copy', '--dest-tls-verify=false', `oci-archive:${large}:1.0`, `docker://${host}/bench/large:1.0`]),
    );
    pushes.push({ ours, theirs });
  }
  row(`push an OCI archive of ${LAYER_BYTES / 1024 ** 2} MiB; skopeo copy`, pushes);

  const pulls = await withRegistry(async (host) => {
    await measure(loadreg('push', debian, `${host}/bench/debian:1.0`, '-q'));
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = mkdtempSync(path.join(work, 'round-'));
      const [rootfs, layout, bundle] = ['rootfs', 'layout', 'bundle'].map((name) => path.join(folder, name));
      const ours = await measure(loadreg('pull', `${host}/bench/debian:1.0`, '--dir', rootfs, '-q'));
      const theirs = await measure(
        ['skopeo', 'copy', '--src-tls-verify=false', `docker://${host}/bench/debian:1.0`, `oci:${layout}:1.0`],
        ['umoci', 'unpack', ...(process.getuid() === 0 ? [] : ['--rootless']), '--image', `${layout}:1.0`, bundle],
      );
      rmSync(folder, { recursive: true });
      rounds.push({ ours, theirs });
    }
    return rounds;
  });
  row('pull a Debian root file system; skopeo copy and umoci unpack', pulls);
} finally {
  rmSync(work, { recursive: true, force: true });
}
