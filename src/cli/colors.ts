import pc from 'picocolors';

import type { Paint } from '../report/index.ts';
import type { ProgressColors } from './progress.ts';

/** Whether a stream gets colours: a terminal, and neither `--no-color` nor NO_COLOR; FORCE_COLOR counts as a terminal. */
export function wantsColors(stream: { isTTY?: boolean }, noColor: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (noColor || (env['NO_COLOR'] ?? '') !== '') return false;
  return stream.isTTY === true || (env['FORCE_COLOR'] ?? '') !== '';
}

/** Colours for reports and for the live view, or none. */
export function colorsFor(enabled: boolean): Paint & ProgressColors {
  const { cyan, green, red, yellow, bold, dim } = pc.createColors(enabled);
  return { value: cyan, good: green, bad: red, warn: yellow, strong: bold, faint: dim };
}
