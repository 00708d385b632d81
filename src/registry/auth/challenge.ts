import type { Challenge } from '../types.ts';

const TOKEN = /[!#$%&'*+.^_`|~\w-]+/y;
const TOKEN68 = /[ \t]*[A-Za-z0-9\-._~+/]+=*[ \t]*(?=,|$)/y;
const PARAMETER = /[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const SEPARATORS = /[\s,]+/y;

/**
 * Reads `WWW-Authenticate` (RFC 9110, 11.6.1): one header or several, each with one challenge or several. Quoted values may hold commas,
 * schemes and names are case-insensitive. What cannot be read is skipped.
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  const challenges: Challenge[] = [];
  for (const value of typeof header === 'string' ? [header] : (header ?? [])) parseValue(value, challenges);
  return challenges;
}

function parseValue(text: string, challenges: Challenge[]): void {
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  let parameters: Record<string, string> | undefined;
  while (position < text.length) {
    if (take(SEPARATORS) !== null) continue;
    const word = take(TOKEN)?.[0];
    if (word === undefined) {
      position += 1; // no token can start here
      continue;
    }
    const parameter = take(PARAMETER);
    if (parameter === null) {
      // A word without a value is a scheme; `Negotiate YII…=` has a token68 after it, which no registry needs.
      parameters = {};
      challenges.push({ scheme: word.toLowerCase(), parameters });
      take(TOKEN68);
    } else if (parameters !== undefined) {
      parameters[word.toLowerCase()] = parameter[2] ?? (parameter[1] ?? '').replace(/\\(.)/g, '$1');
    }
  }
}
