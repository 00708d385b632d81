import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { buildConnector } from 'undici';
import { HostPool, type PoolHandler } from '../../src/http/host-pool.ts';
import { atEnd } from '../support/at-end.ts';
import { freePort, listen } from '../support/listen.ts';

/** A server that answers when it is told to, and a pool of connections to it. */
async function poolTo(connections: number) {
  const open: { readonly path: string; readonly socket: unknown; readonly response: ServerResponse }[] = [];
  const server = await listen((request, response) => void open.push({ path: request.url ?? '', socket: request.socket, response }));
  const pool = new HostPool(server.url, connections, { pipelining: 1, connect: buildConnector({}) });
  atEnd(() => pool.destroy());
  const arrived = async (count: number) => {
    while (open.length < count) await sleep(2);
    await sleep(20); // for one too many to show
    return open.map(({ path }) => path);
  };
  return { pool, open, arrived };
}

/** Sends a GET; resolves with its status, rejects when it fails. */
function get(pool: HostPool, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const handler: PoolHandler = {
      onConnect() {},
      onHeaders: (code) => {
        status = code;
        return true;
      },
      onData: () => true,
      onComplete: () => resolve(status),
      onError: reject,
    };
    pool.dispatch({ path, method: 'GET' }, handler);
  });
}

it('opens as many connections as are needed at once, and no more than it may', async () => {
  const { pool, open, arrived } = await poolTo(2);
  const answers = ['/a', '/b', '/c', '/d'].map((path) => get(pool, path));
  expect(await arrived(2)).toEqual(['/a', '/b']);
  open[1]?.response.end();
  expect(await arrived(3)).toEqual(['/a', '/b', '/c']);
  expect(open[2]?.socket).toBe(open[1]?.socket);
  for (const { response } of open) response.end();
  expect(await arrived(4)).toHaveLength(4);
  open[3]?.response.end();
  expect(await Promise.all(answers)).toEqual([200, 200, 200, 200]);
});

it('opens one only where requests follow each other', async () => {
  const { pool, open, arrived } = await poolTo(3);
  for (let i = 1; i <= 3; i += 1) {
    const answer = get(pool, `/${i}`);
    await arrived(i);
    open[i - 1]?.response.end();
    expect(await answer).toBe(200);
    await sleep(5);
  }
  expect(new Set(open.map(({ socket }) => socket)).size).toBe(1);
});

it('fails what could not connect, and what waited behind it', async () => {
  const pool = new HostPool(`http://127.0.0.1:${await freePort()}`, 1, { pipelining: 1, connect: buildConnector({}) });
  atEnd(() => pool.destroy());
  const results = await Promise.allSettled(['/a', '/b', '/c'].map((path) => get(pool, path)));
  expect(results.map((result) => result.status === 'rejected' && (result.reason as { code?: string }).code)).toEqual([
    'ECONNREFUSED',
    'ECONNREFUSED',
    'ECONNREFUSED',
  ]);
});

it('closes when everything that was given is done', async () => {
  const { pool, open, arrived } = await poolTo(1);
  const answers = [get(pool, '/a'), get(pool, '/b')];
  await arrived(1);
  let closed = false;
  const closing = pool.close().then(() => (closed = true));
  open[0]?.response.end();
  await arrived(2);
  expect(closed).toBe(false);
  open[1]?.response.end();
  expect(await Promise.all(answers)).toEqual([200, 200]);
  await closing;
});

it('fails everything when it is destroyed', async () => {
  const { pool, arrived } = await poolTo(1);
  const answers = [get(pool, '/a'), get(pool, '/b')].map((answer) => answer.catch((error: { code?: string }) => error.code));
  await arrived(1);
  await pool.destroy();
  expect(await Promise.all(answers)).toEqual(['UND_ERR_DESTROYED', 'UND_ERR_DESTROYED']);
});
