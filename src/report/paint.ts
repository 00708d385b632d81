/** Colours as functions, by what they are for. The command line gives picocolors'; reports never learn whether there is a terminal. */
export interface Paint {
  /** Leaders and secondary figures. */
  faint(text: string): string;
  /** Values. */
  value(text: string): string;
  /** Headings. */
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

const same = (text: string) => text;

/** No colours at all. */
export const plainPaint: Paint = { faint: same, value: same, strong: same, good: same, bad: same, warn: same };
