import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import { ExchangeError } from './failure.ts';
import { proxyAuthorization } from './proxy.ts';
import { connectReusingReads } from './reused-read.ts';

/** TLS settings of a run: PEM texts. */
export interface TlsSettings {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly insecureSkipVerify: boolean;
}

/** How long making a connection took, kept on its socket until the first exchange on it is charged. µs. */
export interface ConnectTimes {
  connecting: number;
  tlsHandshaking: number;
}

/** Stream option that Node's sockets take and its types do not know: fewer and larger chunks. */
const LARGE_READS: object = { highWaterMark: 65_536 };

const TIMES = Symbol('connect times');

/** Takes the times off a socket: undefined when an earlier exchange was charged already. */
export function takeConnectTimes(socket: object): ConnectTimes | undefined {
  const holder = socket as { [TIMES]: ConnectTimes | undefined };
  const times = holder[TIMES];
  if (times !== undefined) holder[TIMES] = undefined; // a delete would turn the socket into a dictionary of 3 KiB
  return times;
}

/** What a connector needs beside what undici hands it. */
export interface ConnectorOptions {
  readonly tls: TlsSettings;
  /** Milliseconds for TCP and TLS together. */
  readonly timeoutMs: number;
  /** A proxy that `https:` origins are reached through, by CONNECT. */
  readonly tunnel: URL | undefined;
  /** Called once for each connection that was made. */
  readonly onConnected: (times: ConnectTimes) => void;
}

/**
 * A `connect` function for undici that tells TCP and TLS time apart: undici's own calls back only after the handshake.
 * TLS sessions are not resumed, as docker and k6 do not: every connection pays its full handshake.
 */
export function timedConnector(options: ConnectorOptions): buildConnector.connector {
  return (target, callback) => {
    let settled = false;
    let plain: net.Socket | undefined;
    let secure: tls.TLSSocket | undefined;
    const settle = (error: Error | null, socket?: net.Socket) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error !== null) {
        (secure ?? plain)?.destroy();
        plain?.destroy();
        callback(error, null);
      } else {
        socket?.removeListener('error', settle);
        callback(null, socket as net.Socket);
      }
    };
    const timer = setTimeout(() => {
      const what = `no connection to ${target.hostname}:${target.port || target.protocol} within ${options.timeoutMs} ms`;
      // After a stall of ours the connection may be there, and only not have been looked at: timers come before sockets.
      setImmediate(() => settle(new ExchangeError('CONNECT_TIMEOUT', 'connect', what)));
    }, options.timeoutMs);

    let start = performance.now();
    const { tunnel } = options;
    const host = (tunnel ?? target).hostname.replace(/^\[|\]$/g, '');
    const port = Number((tunnel ?? target).port || ((tunnel?.protocol ?? target.protocol) === 'https:' ? 443 : 80));
    const tcp = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    plain = target.protocol === 'https:' ? net.connect({ ...tcp, ...LARGE_READS }) : connectReusingReads(tcp);
    plain.once('lookup', () => {
      start = performance.now(); // as in k6, looking up the name is part of blocked, not of connecting
    });
    plain.on('error', settle);
    plain.once('connect', () => {
      const connecting = elapsedMicros(start);
      const ready = (socket: net.Socket) => {
        if (target.protocol !== 'https:') {
          finish(socket, { connecting, tlsHandshaking: 0 });
          return;
        }
        const handshakeStart = performance.now();
        const servername = target.servername ?? (net.isIP(target.hostname) === 0 ? target.hostname : undefined);
        secure = tls.connect({
          socket,
          host: target.hostname.replace(/^\[|\]$/g, ''), // what the certificate is held against when there is no server name
          ...(servername === undefined ? {} : { servername }),
          ...(options.tls.ca === undefined ? {} : { ca: options.tls.ca }),
          ...(options.tls.cert === undefined ? {} : { cert: options.tls.cert }),
          ...(options.tls.key === undefined ? {} : { key: options.tls.key }),
          rejectUnauthorized: !options.tls.insecureSkipVerify,
          ALPNProtocols: ['http/1.1'],
          ...LARGE_READS,
        });
        secure.on('error', settle);
        secure.once('secureConnect', () => finish(secure as tls.TLSSocket, { connecting, tlsHandshaking: elapsedMicros(handshakeStart) }));
      };
      if (tunnel?.protocol === 'https:') {
        settle(
          new ExchangeError(
            'PROXY_UNSUPPORTED',
            'connect',
            'a proxy that is itself reached over https is not supported: name it by http://',
          ),
        );
      } else if (tunnel !== undefined && target.protocol === 'https:') openTunnel(plain, tunnel, target, ready, settle);
      else ready(plain);
    });
    const finish = (socket: net.Socket, times: ConnectTimes) => {
      if (settled) return;
      (socket as { [TIMES]?: ConnectTimes })[TIMES] = times;
      options.onConnected(times);
      settle(null, socket);
    };
    return plain;
  };
}

/** Asks a proxy for a tunnel (RFC 9110 section 9.3.6) and hands the socket on when it is open. */
function openTunnel(
  socket: net.Socket,
  proxy: URL,
  target: { hostname: string; port: string },
  ready: (socket: net.Socket) => void,
  fail: (error: Error) => void,
): void {
  const authority = `${target.hostname}:${target.port || 443}`;
  const authorization = proxyAuthorization(proxy);
  let head = '';
  const onData = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length < 16_384) return;
    socket.off('data', onData);
    socket.pause();
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    if (status?.startsWith('2')) ready(socket);
    else fail(new ExchangeError('PROXY_REFUSED', 'connect', `the proxy answered ${status ?? 'nothing usable'} to CONNECT ${authority}`));
  };
  socket.on('data', onData);
  socket.once('end', () => fail(new ExchangeError('PROXY_REFUSED', 'connect', `the proxy closed the connection at CONNECT ${authority}`)));
  const lines = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`];
  if (authorization !== undefined) lines.push(`proxy-authorization: ${authorization}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

function elapsedMicros(since: number): number {
  return Math.round((performance.now() - since) * 1000);
}
