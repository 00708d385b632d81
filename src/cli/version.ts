import { readFileSync } from 'node:fs';

import type { ExitName } from '../base/index.ts';

/** Version of loadreg, from its package.json. */
export function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return own;
}

/** `loadreg 0.1.0 (Node.js v20.19.0, linux x64)`. */
export function versionLine(): string {
  return `loadreg ${version()} (Node.js ${process.version}, ${process.platform} ${process.arch})`;
}

/** `loadreg version`. */
export async function command(): Promise<ExitName> {
  process.stdout.write(`${versionLine()}\n`);
  return 'ok';
}
