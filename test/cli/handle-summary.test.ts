import { describe, expect, it, vi } from 'vitest';
import { handleSummary } from '../../src/cli/handle-summary.ts';
import type { LoadedScenario } from '../../src/scenario/index.ts';
import { smallRecord } from '../support/records.ts';

/** What comes of a `handleSummary` that never ends, and what is said about it. */
async function endless(limits: Parameters<typeof handleSummary>[3]) {
  const loaded = { module: { handleSummary: () => new Promise<never>(() => {}) }, userFrame: () => undefined } as unknown as LoadedScenario;
  const error = vi.fn<(message: string) => void>();
  const log = { debug() {}, info() {}, warn() {}, error };
  return { output: await handleSummary(loaded, smallRecord(), log, limits), said: error.mock.calls.flat() };
}

describe('handleSummary that does not end', () => {
  it.each([
    ['its time is over', { timeoutMs: 100, signal: new AbortController().signal }, 'it did not end within 0.1s'],
    ['Ctrl+C is pressed', { timeoutMs: undefined, signal: AbortSignal.timeout(20) }, 'it was interrupted'],
    ['Ctrl+C was pressed while the report was written', { timeoutMs: undefined, signal: AbortSignal.abort() }, 'it was interrupted'],
  ])('is left to itself when %s, and the usual summary is shown', async (_when, limits, why) => {
    expect(await endless(limits)).toEqual({
      output: undefined,
      said: [`handleSummary threw: ${why}; the usual summary is shown instead`],
    });
  });
});
