/**
 * The candidate that `name` was probably meant to be, or undefined when none is near: at most a third of its letters
 * differ, a swap of two neighbours counting once (optimal string alignment), or it is how one candidate alone begins.
 * Case and the kind of hyphen do not matter.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const wanted = fold(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = distanceBetween(wanted, fold(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined || wanted.length < 3) return best;
  const longer = [...candidates].filter((candidate) => fold(candidate).startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

/** `did you mean 'vus'?`, or undefined. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const near = nearestName(name, candidates);
  return near === undefined ? undefined : `did you mean '${near}'?`;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[-_]/g, '');
}

function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j - 1] as number) + 1, (last[j] as number) + 1, (last[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] as number) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
