import { InvalidConfigError, parseSize } from '../base/index.ts';

/** What a knob of a scenario takes. */
export interface NumberKnob {
  /** Default 0. */
  readonly least?: number;
  /** Default 1 000 000: no scenario means more of anything. */
  readonly most?: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
}

const MOST = 1_000_000;

/** Reads what `-e NAME=VALUE` gave to a scenario. Each throws one clear line when that is none of what it takes. */
export const knobs = {
  /**
   * A number.
   *
   * @example
   * const period = knobs.number(vu, 'PERIOD', 10); // seconds
   * const rounds = knobs.number(vu, 'ROUNDS', 5, { least: 1, whole: true });
   */
  number({ env }: KnobReader, name: string, byDefault: number, { least = 0, most = MOST, whole = false }: NumberKnob = {}): number {
    const given = env[name];
    if (given === undefined) return byDefault;
    const value = given.trim() === '' ? Number.NaN : Number(given);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw refuse(name, given, `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
  },

  /** Shares of so many things, in any unit: `'60,25,15'`. One of them at least is more than 0. */
  shares({ env }: KnobReader, name: string, byDefault: readonly number[]): readonly number[] {
    const given = env[name];
    if (given === undefined) return byDefault;
    const shares = given.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
    const sum = shares.reduce((total, share) => total + share, 0);
    if (shares.length === byDefault.length && shares.every((share) => share >= 0) && sum > 0 && sum < Number.POSITIVE_INFINITY)
      return shares;
    throw refuse(name, given, `${byDefault.length} numbers with commas between them, such as ${byDefault.join(',')}`);
  },

  /** One of a few words. */
  word<T extends string>({ env }: KnobReader, name: string, words: readonly [T, ...T[]]): T {
    const given = env[name];
    if (given === undefined) return words[0];
    const word = words.find((one) => one === given);
    if (word === undefined) throw refuse(name, given, `one of ${words.join(', ')}`);
    return word;
  },

  /** A size, of at least so many bytes. */
  size({ env }: KnobReader, name: string, byDefault: string, { least = 0 }: { readonly least?: number } = {}): string {
    const given = env[name];
    if (given === undefined) return byDefault;
    const bytes = parseSize(given);
    if (bytes === undefined || bytes < least) throw refuse(name, given, `a size such as ${byDefault}, at least ${least} bytes`);
    return given;
  },
};

/** A VU, or whatever else has the values of `-e`. */
interface KnobReader {
  readonly env: Readonly<Record<string, string | undefined>>;
}

function refuse(name: string, given: string, fix: string): InvalidConfigError {
  return new InvalidConfigError([{ where: `-e ${name}`, what: `${JSON.stringify(given)} is not valid`, fix }]);
}
