import { describe, expect, it } from 'vitest';
import { dumpExchange, type DumpOptions, exchangeDump } from '../../src/cli/dump.ts';
import { shownField, shownForm, shownPath, shownText } from '../../src/cli/dump-redact.ts';
import { keepSecret } from '../../src/cli/secrets.ts';
import type { BodyHead, TappedExchange } from '../../src/http/index.ts';
import { exchange, plan, scope } from '../support/records.ts';

const head = (text: string | Buffer, bytes = Buffer.byteLength(text)): BodyHead => ({ head: Buffer.from(text), bytes });
const NOTHING = head('');

function tapped(fields: Partial<TappedExchange> = {}): TappedExchange {
  return {
    request: {
      operation: 'manifest_put',
      method: 'PUT',
      origin: 'https://registry.example:5000',
      path: '/v2/team/app/manifests/1.0',
      headers: { 'user-agent': 'loadreg/1', accept: ['a/b', 'c/d'], authorization: 'Bearer abc.def', 'X-Mine': 'private' },
      expect: [201],
      hostRole: 'registry',
      sizeClass: '',
    },
    sent: undefined,
    answer: { status: 201, headers: { location: '/v2/team/app/manifests/sha256:1' } },
    received: NOTHING,
    exchange: exchange('manifest_put', { status: 201, connecting: 700, blocked: 900 }),
    ...fields,
  };
}

const options: DumpOptions = { bodies: true, ownFields: new Set(['x-mine']) };
const dump = (fields: Partial<TappedExchange> = {}, more: Partial<DumpOptions> = {}) =>
  dumpExchange(7, scope({ flow: 'push' }), tapped(fields), { ...options, ...more });

describe('a dumped exchange', () => {
  it('shows heads, bodies and phases', () => {
    expect(dump({ sent: head('{"a":[1]}') })).toBe(
      `── 7 push manifest_put ─────────────────────────────────────────── 201 1.34ms ──
> PUT /v2/team/app/manifests/1.0 HTTP/1.1
> host: registry.example:5000
> user-agent: loadreg/1
> accept: a/b
> accept: c/d
> authorization: Bearer ***
> X-Mine: ***
> {
>   "a": [
>     1
>   ]
> }
< HTTP/1.1 201
< location: /v2/team/app/manifests/sha256:1
  blocked 900µs (connecting 700µs), sending 40µs, waiting 1ms, receiving 300µs;
      250 B sent, 1.17 KiB received
`,
    );
  });

  it('is never wider than 80 columns', () => {
    const request = { ...tapped().request, path: `/v2/${'a/'.repeat(100)}blobs/x`, headers: { accept: 'media/type, '.repeat(30) } };
    const text = dump({ request, received: head('word '.repeat(150)), sent: head('x'.repeat(900)) });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each<[string, BodyHead, string, Partial<DumpOptions>?]>([
    ['nothing but its size where it is no text', head(Buffer.from([0x1f, 0x8b, 8, 0, 255])), '< (5 B)'],
    ['nothing but its size where bodies were not asked for', head('{"a":1}'), '< (7 B)', { bodies: false }],
    ['the beginning of a long one', head('{"layers":[', 5_000), '< {"layers":[\n< … (4.88 KiB in all)'],
    ['a character that was cut in two', head(Buffer.from('gr\u00fc').subarray(0, 3), 900), '< gr\ufffd\n< … (900 B in all)'],
    ['no control characters', head('a\u001b[31mb'), '< (7 B)'],
  ])('shows of a body %s', (_phrase, received, text, more = {}) => {
    expect(dump({ received }, more)).toContain(text);
  });

  it('says why it failed, and that no answer came', () => {
    const failed = exchange('blob_get', { status: 0, expected: false, errorCode: 'STALLED', errorDetail: 'blob_get stood still for 30s' });
    const text = dump({ answer: undefined, exchange: failed });
    expect(text).toMatch(/ STALLED [\d.]+ms ──\n/);
    expect(text).toContain('\n! blob_get stood still for 30s\n');
    expect(text).not.toContain('HTTP/1.1 0');
  });

  it('comes when it was asked for', () => {
    const told: string[] = [];
    const tell = (text: string) => void told.push(text);
    expect(exchangeDump({}, plan(), tell)).toBeUndefined();
    expect(exchangeDump({ httpDebug: 'off' }, plan(), tell)).toBeUndefined();
    const headers = { 'X-Mine': 'private' };
    const heads = exchangeDump({ httpDebug: 'headers' }, plan({ target: { ...plan().target, headers } }), tell);
    heads?.(scope(), tapped({ received: head('{"a":1}') }));
    exchangeDump({ once: true }, plan(), tell)?.(scope({ stage: 'setup' }), tapped({ received: head('{"a":1}') }));
    expect(told[0]).toContain('< (7 B)');
    expect(told[0]).toContain('X-Mine: ***');
    expect(told[1]).toContain('── 1 setup manifest_put');
    expect(told[1]).toContain('"a": 1');
  });
});

describe('secrets', () => {
  const SECRET = 's3cr3t-value';
  keepSecret('known-password');

  it.each([
    ['Authorization', `Bearer ${SECRET}`, 'Bearer ***'],
    ['authorization', `Basic ${SECRET}`, 'Basic ***'],
    ['authorization', SECRET, '***'],
    ['set-cookie', `sid=${SECRET}; Path=/`, '***'],
    ['x-jfrog-art-api-key', SECRET, '***'],
    ['private-token', SECRET, '***'],
    ['x-amz-security-token', SECRET, '***'],
    ['location', `https://s3.example/blob?X-Amz-Signature=${SECRET}&n=5`, 'https://s3.example/blob?X-Amz-Signature=***&n=5'],
    ['location', `/v2/a/blobs/uploads/1?_state=${SECRET}`, '/v2/a/blobs/uploads/1?_state=***'],
    ['link', `</v2/_catalog?n=2&last=a>; rel="next"`, '</v2/_catalog?n=2&last=a>; rel="next"'],
    ['www-authenticate', 'Bearer realm="https://auth.example/token",service="r"', 'Bearer realm="https://auth.example/token",service="r"'],
    ['docker-content-digest', 'sha256:abc', 'sha256:abc'],
  ])('are not in the field %s: %s', (name, value, shown) => {
    expect(shownField(name, value, new Set())).toBe(shown);
  });

  it.each([
    [`{"token":"${SECRET}","expires_in":60}`, '{"token":"***","expires_in":60}'],
    [`{"access_token": "${SECRET.slice(0, 4)}`, '{"access_token": "***"'],
    [`{"refresh_token":"a\\"${SECRET}"}`, '{"refresh_token":"***"}'],
    [`{"auth":"${SECRET}","author":"me"}`, '{"auth":"***","author":"me"}'],
    [`{"db_password":"${SECRET}"}`, '{"db_password":"***"}'],
    [`{"urls":["https://s3.example/x?sig=${SECRET}"]}`, '{"urls":["https://s3.example/x?sig=***"]}'],
    ['https://me:known-password@host/ known-password', 'https://***@host/ ***'],
    ['is it? yes', 'is it? yes'],
    ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln', '***'],
  ])('are not in a text: %s', (text, shown) => {
    expect(shownText(text)).toBe(shown);
  });

  it('are not in a form or a path', () => {
    expect(shownForm(`grant_type=password&username=me&password=${SECRET}&service=r`)).toBe(
      'grant_type=password&username=***&password=***&service=r',
    );
    expect(shownPath(`/token?service=r&account=me&sig=${SECRET}`)).toBe('/token?service=r&account=***&sig=***');
  });
});
