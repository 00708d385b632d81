import { describe, expect, it } from 'vitest';
import { BodyCursor } from '../../src/flow/body-cursor.ts';
import type { BodySource } from '../../src/http/index.ts';

/** 0123456789 in pieces of three, written into one buffer over and over as a file is read; tells what became of its passes. */
function source(kind: 'sync' | 'async') {
  const seen = { opened: 0, ended: 0, pieces: 0 };
  const buffer = Buffer.alloc(3);
  function* pieces(): Generator<Uint8Array> {
    seen.opened += 1;
    try {
      for (let at = 0; at < 10; at += 3) {
        seen.pieces += 1;
        const text = '0123456789'.slice(at, at + 3);
        buffer.fill('x').write(text);
        yield buffer.subarray(0, text.length);
      }
    } finally {
      seen.ended += 1;
    }
  }
  async function* later(): AsyncGenerator<Uint8Array> {
    yield* pieces();
  }
  const body: BodySource = { length: 10, open: kind === 'sync' ? pieces : later };
  return { body, seen };
}

async function read(part: BodySource): Promise<string> {
  let text = '';
  for await (const piece of part.open()) text += Buffer.from(piece).toString();
  return text;
}

describe.each(['sync', 'async'] as const)('parts of a body (%s)', (kind) => {
  it('that follow each other share one pass, whatever pieces it comes in', async () => {
    const { body, seen } = source(kind);
    const cursor = new BodyCursor(body);
    const parts: string[] = [];
    for (let at = 0; at < 10; at += 4) parts.push(await read(cursor.part(at, Math.min(4, 10 - at))));
    expect(parts).toEqual(['0123', '4567', '89']);
    await cursor.close();
    expect(seen).toEqual({ opened: 1, ended: 1, pieces: 4 });
  });

  it('do not read on before the next one is asked for', async () => {
    const { body, seen } = source(kind);
    expect(await read(new BodyCursor(body).part(0, 4))).toBe('0123');
    expect(seen.pieces).toBe(2);
  });

  it('that are sent again, or elsewhere, open the body anew', async () => {
    const { body, seen } = source(kind);
    const cursor = new BodyCursor(body);
    const part = cursor.part(2, 5);
    expect([await read(part), await read(part), await read(cursor.part(0, 1)), await read(cursor.part(9, 1))]).toEqual([
      '23456',
      '23456',
      '0',
      '9',
    ]);
    await cursor.close();
    expect(seen).toMatchObject({ opened: 4, ended: 4 });
  });

  it('that are broken off end their pass, and the next one starts where it should', async () => {
    const { body, seen } = source(kind);
    const cursor = new BodyCursor(body);
    for await (const piece of cursor.part(0, 8).open()) {
      expect(piece).toHaveLength(3);
      break;
    }
    expect(seen).toMatchObject({ opened: 1, ended: 1 });
    expect(await read(cursor.part(3, 7))).toBe('3456789');
  });

  it('of a body that ends too early are too short', async () => {
    const cursor = new BodyCursor(source(kind).body);
    expect(await read(cursor.part(8, 5))).toBe('89');
    expect(await read(cursor.part(20, 5))).toBe('');
  });
});
