import { describe } from 'vitest';
import { missingParts, type Part } from './parts.ts';

/**
 * `describe` for tests that need real parts: `describeWith('docker-registry', 'pull', () => …)`. Where one is missing the tests are skipped,
 * and their name and a line of output say why. So they do with `unable`: why the machine is not able to run a part that is there.
 */
export function describeWith(parts: Part | readonly Part[], name: string, tests: () => void, unable?: string): void {
  const missing = missingParts(typeof parts === 'string' ? [parts] : parts);
  const reason = missing.length === 0 ? unable : `${missing.join(' and ')} not installed`;
  const why = reason === undefined ? '' : ` (${reason})`;
  if (why !== '') console.warn(`SKIPPED: ${name}${why}`);
  const suite: (title: string, body: () => void) => void = why === '' ? describe : describe.skip;
  suite(name + why, tests);
}
