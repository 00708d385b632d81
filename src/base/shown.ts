/**
 * What no line for a terminal may hold: control characters, which move its cursor and change its colours; line breaks of Unicode; and marks
 * that turn the direction of writing round.
 */
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others as one line: what is no character to be read becomes `?`. */
export function oneLine(text: string): string {
  return text.replaceAll(UNSAFE, '?');
}

/** Text of others for a message: one line, at most 120 characters. */
export function shown(text: string): string {
  const line = oneLine(text);
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
