import { describe, expect, it } from 'vitest';
import { colorsFor } from '../../src/cli/colors.ts';
import { Screen, type Terminal } from '../../src/cli/screen.ts';
import type { SentExchange } from '../../src/cli/session-send.ts';
import { renderTransfer, startTransferProgress } from '../../src/cli/transfer-progress.ts';
import { exchangesAsJson, renderExchanges } from '../../src/cli/transfer-table.ts';

const MIB = 1024 * 1024;
const plain = colorsFor(false);

const exchange = (fields: Partial<SentExchange>): SentExchange => ({
  operation: 'blob_get',
  method: 'GET',
  hostRole: 'registry',
  status: 200,
  expected: true,
  errorCode: '',
  errorDetail: '',
  sizeClass: '',
  bytesSent: 100,
  bytesReceived: 1_000,
  blocked: 0,
  connecting: 0,
  tlsHandshaking: 0,
  sending: 12,
  waiting: 1_234,
  receiving: 12_345_678,
  path: `/v2/team/app/blobs/sha256:${'0123456789abcdef'.repeat(4)}`,
  bodyBytes: 900,
  ...fields,
});

describe('the bar of a transfer', () => {
  const half = { doing: 'pulling', done: 20 * MIB, total: 40 * MIB, rate: 10 * MIB };

  it('shows bytes, rate and time left', () => {
    expect(renderTransfer(half, 80, plain)).toBe('pulling [==============>---------------] 20 MiB of 40 MiB  10 MiB/s  2s left');
  });

  it.each([
    [56, 'pulling [====>-----] 20 MiB of 40 MiB  10 MiB/s  2s left'],
    [53, 'pulling 20 MiB of 40 MiB  10 MiB/s  2s left'],
    [42, 'pulling 20 MiB of 40 MiB  10 MiB/s'],
    [30, 'pulling 20 MiB of 40 MiB'],
    [20, 'pulling 20 MiB of 40'],
  ])('is never wider than %i columns', (columns, line) => {
    expect(renderTransfer(half, columns, plain)).toBe(line);
  });

  it('says what it knows when the size is unknown, nothing is moving, or all is there', () => {
    expect(renderTransfer({ ...half, total: undefined }, 80, plain)).toBe('pulling 20 MiB  10 MiB/s');
    expect(renderTransfer({ ...half, rate: 0 }, 80, plain)).not.toContain('left');
    expect(renderTransfer({ ...half, done: 40 * MIB }, 80, plain)).toMatch(/^pulling \[=+\] 40 MiB of 40 MiB$/);
    expect(renderTransfer({ doing: 'pulling', done: 0, total: 0, rate: 0 }, 80, plain)).toContain('[====');
  });

  it.each([
    ['on a terminal', true, false, true],
    ['not on a terminal', false, false, false],
    ['not when it should be quiet', true, true, false],
  ])('is drawn %s', async (_where, isTTY, quiet, drawn) => {
    let written = '';
    const write = (text: string) => {
      written += text;
      return true;
    };
    const screen = new Screen({ isTTY, columns: 80, write } as unknown as Terminal);
    const progress = startTransferProgress({ screen, colors: plain, doing: 'pulling', quiet, now: () => performance.now() });
    progress.expect(1_000);
    progress.add(500);
    await new Promise((resolve) => setTimeout(resolve, 250));
    progress.stop();
    expect(written.includes('500 B of 1000 B')).toBe(drawn);
    expect(written === '').toBe(!drawn);
  });
});

describe('the table of requests', () => {
  it('names what was asked, its status, the size and the phases, and why one failed', () => {
    const table = renderExchanges([
      exchange({ operation: 'manifest_get', path: '/v2/team/app/manifests/1.0', waiting: 999, receiving: 0 }),
      exchange({}),
      exchange({ status: 0, errorCode: 'ECONNRESET', errorDetail: 'read ECONNRESET', bodyBytes: 0 }),
      exchange({ operation: 'upload_finish', method: 'PUT', path: '/base/v2/team/app/blobs/uploads/0-1-2?_state=secret&digest=sha256:1' }),
    ]);
    expect(table.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'operation what status size blocked sending waiting receiving',
      'manifest_get 1.0 200 900 B - 12µs 999µs -',
      'blob_get 0123456789ab 200 900 B - 12µs 1.23ms 12.3s',
      'blob_get 0123456789ab 0 - - 12µs 1.23ms 12.3s',
      ' ECONNRESET: read ECONNRESET',
      'upload_finish upload 200 900 B - 12µs 1.23ms 12.3s',
      '',
    ]);
  });

  it('fits into 80 columns whatever it shows', () => {
    const table = renderExchanges([
      exchange({
        operation: 'referrers_list_of_a_long_name',
        path: `/v2/a/manifests/${'t'.repeat(128)}`,
        bodyBytes: 123_456_789_012,
        blocked: 999_999_999,
        errorCode: 'UNKNOWN',
        errorDetail: 'x'.repeat(300),
      }),
    ]);
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('is for programs without what may be signed in a query', () => {
    const [shown] = exchangesAsJson([exchange({ path: '/v2/a/blobs/uploads/1?_state=secret&digest=sha256:1' })]);
    expect(shown).toMatchObject({ operation: 'blob_get', waiting: 1_234, path: '/v2/a/blobs/uploads/1?_state=***&digest=sha256:1' });
  });
});
