/**
 * Durations and sizes as people write and read them. Parsing is strict: `bytes('10MiB') === 10`, as the usual npm
 * parsers have it, would silently make a 10-byte layer.
 */

const DURATION_UNITS: Record<string, number> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A duration in milliseconds: `"30s"`, `"1h30m"`, `"500ms"`, `"1.5s"`, or a bare number of milliseconds (as in k6).
 * Returns undefined when the text is no duration.
 */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? text : undefined;
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  if (!/^(\d+(\.\d+)?(us|µs|ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of trimmed.matchAll(/(\d+(\.\d+)?)(us|µs|ms|s|m|h|d)/g)) {
    total += Number(amount) * (DURATION_UNITS[unit as string] as number);
  }
  return total;
}

const SIZE_UNITS: Record<string, number> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/**
 * A size in bytes: `"10MiB"` (1024-based), `"10MB"` (1000-based), `"512B"`, or a bare number of bytes.
 * `K`, `M` and `G` alone are refused, because tools disagree about them. Returns undefined when the text is no size.
 */
export function parseSize(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = (match[2] as string).toLowerCase();
  const factor = unit === '' ? 1 : SIZE_UNITS[unit];
  if (factor === undefined) return undefined;
  const bytes = Number(match[1]) * factor;
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}

/** Microseconds as people read them: `850µs`, `12.34ms`, `1.5s`, `2m03s`. */
export function formatMicros(us: number): string {
  if (us < 1000) return `${trim(us, us < 10 ? 1 : 0)}µs`;
  if (us < 1_000_000) return `${trim(us / 1000, 2)}ms`;
  if (us < 60_000_000) return `${trim(us / 1_000_000, 2)}s`;
  return formatDuration(us / 1000);
}

/** Milliseconds as a clock time: `0.8s`, `12.3s`, `5m00s`, `1h02m03s`. */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${trim(ms / 1000, 1)}s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m${two(seconds % 60)}s`;
}

/** Bytes in IEC units: `512 B`, `10 MiB`, `1.5 GiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${trim(value, unit === 0 ? 0 : value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** A rate with three significant places: `0.25`, `12.3`, `4821`. */
export function formatRate(perSecond: number): string {
  return trim(perSecond, perSecond < 10 ? 2 : perSecond < 1000 ? 1 : 0);
}

/** A whole number with thousands set apart by a space: `1 234 567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

function trim(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
