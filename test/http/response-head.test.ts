import { expect, it } from 'vitest';
import { ResponseHead } from '../../src/http/response-head.ts';

/** Fields as undici's parser leaves them: views into one read buffer. */
function views(text: string, fields: readonly string[]): { buffer: Buffer; raw: Buffer[] } {
  const buffer = Buffer.alloc(4096);
  buffer.write(text, 100, 'latin1');
  let from = 100;
  const raw = fields.map((field) => {
    const start = buffer.indexOf(field, from, 'latin1');
    from = start + field.length;
    return buffer.subarray(start, from);
  });
  return { buffer, raw };
}

const TEXT =
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLink: <a>\r\nLINK: <b>\r\nlink: <c>\r\nX-Empty: \r\n__proto__: p\r\nX-Latin: é\r\n\r\nok';
const FIELDS = 'Content-Length,2,Link,<a>,LINK,<b>,link,<c>,X-Empty,,__proto__,p,X-Latin,é'.split(',');

it('reads names in any case, repeated fields, empty and foreign values', () => {
  const { fields } = new ResponseHead(views(TEXT, FIELDS).raw);
  expect(Object.entries(fields)).toEqual([
    ['content-length', '2'],
    ['link', ['<a>', '<b>', '<c>']],
    ['x-empty', ''],
    ['__proto__', 'p'],
    ['x-latin', 'é'],
  ]);
  expect(fields['constructor']).toBeTypeOf('function'); // no field of that name
  expect(Object.hasOwn(fields, 'constructor')).toBe(false);
});

it('keeps what it was given when the read buffer is used again', () => {
  const { buffer, raw } = views(TEXT, FIELDS);
  const head = new ResponseHead(raw);
  buffer.fill('x');
  expect(head.fields).toMatchObject({ 'content-length': '2', link: ['<a>', '<b>', '<c>'] });
});

it.each<[string, (raw: Buffer[]) => Buffer[]]>([
  [
    'lie in two buffers, as those of a head that came in two reads',
    (raw) => [...raw.slice(0, 4).map((part) => Buffer.from(part)), ...raw.slice(4)],
  ],
  ['do not lie one behind the other', (raw) => [...raw.slice(4), ...raw.slice(0, 4)]],
])('reads fields at once that %s', (_phrase, arranged) => {
  const { buffer, raw } = views(TEXT, FIELDS);
  const head = new ResponseHead(arranged(raw));
  buffer.fill('x');
  expect(head.fields['content-length']).toBe('2');
  expect(head.fields['link']).toHaveLength(3);
});

it('has no fields where there are none', () => {
  expect(new ResponseHead([]).fields).toEqual({});
});
