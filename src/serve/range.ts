/** What to do about a `Range` field: `end` is the position after the last byte. */
export type RangeDecision = { kind: 'whole' } | { kind: 'part'; start: number; end: number } | { kind: 'unsatisfiable' };

const WHOLE: RangeDecision = { kind: 'whole' };

/**
 * Reads the `Range` field of a blob GET (RFC 9110, section 14). One range is served; several, or one that makes no sense, are ignored,
 * as the RFC allows.
 */
export function decideRange(field: string | undefined, size: number): RangeDecision {
  const match = field === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(field.trim());
  if (match === null) return WHOLE;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return WHOLE;
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return WHOLE;
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/**
 * Reads the `Content-Range` field of an upload chunk: `<start>-<end>`, both included, with no unit and no total (distribution spec,
 * "Pushing a blob in chunks"). Undefined when it is not of that form.
 */
export function parseChunkRange(field: string): { start: number; length: number } | undefined {
  const match = /^(\d+)-(\d+)$/.exec(field.trim());
  if (match === null) return undefined;
  const start = Number(match[1]);
  const length = Number(match[2]) - start + 1;
  return length > 0 ? { start, length } : undefined;
}
