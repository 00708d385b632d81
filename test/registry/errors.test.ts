import { describe, expect, it } from 'vitest';
import { readErrorBody, redactUrl, RegistryError } from '../../src/registry/index.ts';

describe('redactUrl', () => {
  it.each([
    ['keeps what is harmless', 'http://h/v2/a/tags/list?n=2&last=b', 'http://h/v2/a/tags/list?n=2&last=b'],
    ['drops userinfo', 'https://user:pass@h:5000/x', 'https://h:5000/x'],
    [
      'hides what may be signed',
      'https://s3/x?X-Amz-Credential=a&X-Amz-Signature=b',
      'https://s3/x?X-Amz-Credential=***&X-Amz-Signature=***',
    ],
    ['hides the state of an upload, not its digest', 'http://h/u?_state=abc&digest=sha256%3Aa', 'http://h/u?_state=***&digest=sha256%3Aa'],
    ['hides a query without a name', 'http://h/u?abcdef', 'http://h/u?***'],
    ['drops a fragment', 'http://h/u#token', 'http://h/u'],
    ['drops a fragment after a query', 'http://h/u?n=1#token', 'http://h/u?n=1'],
  ])('%s', (_, url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});

describe('readErrorBody', () => {
  it.each([
    [
      'one spec error',
      '{"errors":[{"code":"NAME_UNKNOWN","message":"no such\\nname","detail":{"a":1}}]}',
      ['NAME_UNKNOWN'],
      'no such name',
    ],
    ['several', '{"errors":[{"code":"A"},{"code":"B","message":"x"}]}', ['A', 'B'], '(and 1 more)'],
    ['no message', '{"errors":[{"code":"DENIED"}]}', ['DENIED'], ''],
    ['a code that is none', '{"errors":[{"code":"user 4711 not found","message":"m"}]}', [], 'm'],
    ['an empty list', '{"errors":[]}', [], '{"errors":[]}'],
    ['a list of nonsense', '{"errors":[null,1]}', [], '{"errors":[null,1]}'],
    ['other JSON', '{"message":"no"}', [], '{"message":"no"}'],
    ['null', 'null', [], 'null'],
    ['nothing', '', [], ''],
    ['HTML', '<html><head><title>502</title><style>a{}</style></head><body><h1>Bad\n Gateway</h1></body></html>', [], 'Bad Gateway'],
    ['XML', '<Error><Code>AccessDenied</Code><Message>No</Message></Error>', [], 'AccessDenied No'],
  ])('%s', (_, body, codes, detail) => {
    expect(readErrorBody(body)).toEqual({ codes, detail });
  });

  it('cuts long text to 200 characters', () => {
    expect(readErrorBody('x'.repeat(5000)).detail).toHaveLength(200);
    expect(readErrorBody(JSON.stringify({ errors: [{ code: 'A', message: 'y'.repeat(5000) }] })).detail).toHaveLength(200);
  });

  it('takes hostile markup in its stride', () => {
    const started = performance.now();
    readErrorBody('<'.repeat(65_536));
    readErrorBody('<script'.repeat(9_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('RegistryError', () => {
  it('has the first code, and the status where there is none', () => {
    const fields = { operation: 'blob_get', method: 'GET', status: 503, detail: '', url: 'http://h/x' };
    expect(new RegistryError(fields)).toMatchObject({ code: 'HTTP_503', codes: [], message: 'blob_get failed with 503 (GET http://h/x)' });
    expect(new RegistryError({ ...fields, codes: ['UNAVAILABLE', 'UNKNOWN'] })).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'blob_get failed with 503 UNAVAILABLE (GET http://h/x)',
    });
  });
});
