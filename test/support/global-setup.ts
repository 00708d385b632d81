import { missingParts, PARTS } from './parts.ts';

/** Before the first test: says which real parts are missing. Under `CI=true` that is a failure, so that nothing is skipped unseen. */
export default function setup(): void {
  const missing = missingParts();
  if (missing.length === 0) return;
  const names = missing.map((part) => `${part} (Debian package ${PARTS[part]})`).join(', ');
  const hint = 'test/setup installs them';
  if (process.env['CI'] === 'true') throw new Error(`tests need real parts that are missing: ${names}; ${hint}`);
  console.warn(`\nMISSING, so tests that need it are SKIPPED: ${names}; ${hint}\n`);
}
