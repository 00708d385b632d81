import { formatCount, formatDuration, formatSize } from '../base/index.ts';

/** Numbers and names as people read them. What was not measured is a dash, never a zero. */

/** Stands for a number that does not exist. */
export const NOTHING = '-';

/** Three significant digits, as far as they stand behind the point: `0.312`, `3.12`, `31.2`, `312`, `3120`. */
export function threeDigits(value: number): string {
  const magnitude = Math.abs(value);
  const decimals = magnitude === 0 || magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3;
  return value.toFixed(decimals);
}

/** A time given in µs: `0µs`, `312µs`, `3.12ms`, `1.23s`, `2m03s`. */
export function time(us: number | null | undefined): string {
  if (us === null || us === undefined) return NOTHING;
  if (Math.abs(us) < 999.5) return `${Math.round(us)}µs`;
  if (us < 999_500) return `${threeDigits(us / 1000)}ms`;
  if (us < 60_000_000) return `${threeDigits(us / 1_000_000)}s`;
  return formatDuration(us / 1000);
}

/** A time given in µs, in ms or s without its unit, for tables whose heading names it. */
export function timeIn(unit: 'ms' | 's', us: number | null | undefined): string {
  return us === null || us === undefined ? NOTHING : threeDigits(us / (unit === 'ms' ? 1000 : 1_000_000));
}

/** A size given in bytes. */
export function size(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? NOTHING : formatSize(bytes);
}

/** A transfer rate given in bytes per second. */
export function sizeRate(bytesPerSecond: number | null | undefined): string {
  return bytesPerSecond === null || bytesPerSecond === undefined ? NOTHING : `${formatSize(bytesPerSecond)}/s`;
}

/** A whole number with its thousands set apart. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOTHING : formatCount(value);
}

/** A whole number for a narrow column: exact up to six digits, then `1.23M`. */
export function shortCount(value: number): string {
  if (value < 999_999.5) return String(Math.round(value));
  return value < 999_500_000 ? `${threeDigits(value / 1_000_000)}M` : `${threeDigits(value / 1_000_000_000)}G`;
}

/** Per second, without a unit. */
export function rate(perSecond: number): string {
  return threeDigits(perSecond);
}

/** A share as a percentage. One that is not quite none or all never looks like it: `<0.01%`, `>99.99%`. */
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOTHING;
  if (value > 0 && value < 0.00005) return '<0.01%';
  if (value < 1 && value > 0.99995) return '>99.99%';
  return `${(value * 100).toFixed(2)}%`;
}

/** `text` made safe to print: control characters, which could move the cursor or fake a line, are shown as `\\xNN` or `\\uNNNN`. */
export function safe(text: string): string {
  // C0, DEL and C1 controls, line separators, and the marks that change the direction of text or have no width.
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** `text` cut to `width` characters, its end replaced by `…` when it is longer. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Columns that a text takes: one for each code point. */
export function widthOf(text: string): number {
  return Array.from(text).length;
}

/** Text broken into lines of at most `width` characters at its spaces; a word that is longer is broken too. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' ? lines : [...lines, line];
}
