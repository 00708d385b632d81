import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUTS, Dispatchers, HttpClient, NO_PROXIES, type TlsSettings } from '../../src/http/index.ts';
import type { Exchange } from '../../src/measure/index.ts';

let folder: string;
const pem = (name: string) => readFileSync(path.join(folder, name), 'utf8');

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'loadreg-tls-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  for (const name of ['server', 'client']) {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', `${name}.key`, '-out', `${name}.crt`, ...subject);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function request(settings: Partial<TlsSettings>, requireClient = false): Promise<Exchange[]> {
  const server = createServer(
    {
      cert: pem('server.crt'),
      key: pem('server.key'),
      ca: pem('client.crt'),
      requestCert: requireClient,
      rejectUnauthorized: requireClient,
    },
    (_request, response) => response.end('ok'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispatchers = new Dispatchers({
    connections: 1,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false, ...settings },
    timeouts: DEFAULT_TIMEOUTS,
    proxy: NO_PROXIES,
    onConnected: () => {},
  });
  const exchanges: Exchange[] = [];
  const send = new HttpClient({ dispatchers, timeouts: DEFAULT_TIMEOUTS }).sender((exchange) => exchanges.push({ ...exchange }));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    for (let i = 0; i < 2; i += 1) {
      await send({
        operation: 'ping',
        method: 'GET',
        origin,
        path: '/',
        headers: {},
        expect: [200],
        hostRole: 'registry',
        sizeClass: '',
      }).catch(() => {});
    }
  } finally {
    await dispatchers.destroy();
    server.closeAllConnections();
    server.close();
  }
  return exchanges;
}

describe('TLS', () => {
  it('is refused with a code of its own when the certificate is unknown', async () => {
    const [exchange] = await request({});
    expect(exchange?.errorCode).toMatch(/^TLS_(DEPTH_ZERO_)?SELF_SIGNED_CERT/);
  });

  it.each([
    ['with --ca-file', () => ({ ca: pem('server.crt') })],
    ['with --insecure-skip-tls-verify', () => ({ insecureSkipVerify: true })],
  ])('works %s, and its handshake is timed once', async (_how, settings) => {
    const exchanges = await request(settings());
    expect(exchanges.map((exchange) => exchange.status)).toEqual([200, 200]);
    expect(exchanges[0]?.tlsHandshaking).toBeGreaterThan(0);
    expect(exchanges[0]?.connecting).toBeGreaterThan(0);
    expect(exchanges[1]).toMatchObject({ connecting: 0, tlsHandshaking: 0 });
  });

  it('shows the client certificate to a server that asks for one', async () => {
    const [refused] = await request({ ca: pem('server.crt') }, true);
    expect(refused?.status).toBe(0);
    const [accepted] = await request({ ca: pem('server.crt'), cert: pem('client.crt'), key: pem('client.key') }, true);
    expect(accepted?.status).toBe(200);
  });
});
