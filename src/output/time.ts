/** Makes ISO 8601 texts of ms since the epoch, and remembers the last: a busy second has more points than milliseconds. */
export function isoTime(): (at: number) => string {
  let last = Number.NaN;
  let text = '';
  return (at) => {
    if (at !== last) {
      last = at;
      text = new Date(at).toISOString();
    }
    return text;
  };
}
