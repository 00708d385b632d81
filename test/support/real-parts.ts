import { describe } from 'vitest';
import { missingParts, type Part } from './parts.ts';

/**
 * `describe` for tests that need real parts: `describeWith('docker-registry', 'pull', () => …)`. Where one is missing the tests are skipped,
 * and their name and a line of output say why.
 */
export function describeWith(parts: Part | readonly Part[], name: string, tests: () => void): void {
  const missing = missingParts(typeof parts === 'string' ? [parts] : parts);
  const why = missing.length === 0 ? '' : ` (${missing.join(' and ')} not installed)`;
  if (why !== '') console.warn(`SKIPPED: ${name}${why}`);
  const suite: (title: string, body: () => void) => void = missing.length === 0 ? describe : describe.skip;
  suite(name + why, tests);
}
