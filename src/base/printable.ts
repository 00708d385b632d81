/** Control characters but tab and newline; line breaks of Unicode; marks that turn the direction of writing round. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Whole lines without what a terminal would obey: such a character becomes `\u001b` and the like, which JSON reads as what it was. Newlines and tabs
 * stay. It is the last filter before a terminal; in the middle of a line, text of others goes through `shown`.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
