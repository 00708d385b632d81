import { InvalidConfigError, type Problem } from '../base/index.ts';
import { checkTags } from '../scenario/index.ts';

/**
 * k6's `exec.vu.metrics.tags`: what a scenario sets here is a tag of every sample that its VU adds from then on, in later iterations too. Names
 * that loadreg sets itself are refused.
 */
export class VuTags {
  /** What the scenario sees: an object of texts. */
  readonly view: Record<string, string | number | boolean>;
  #tags: Readonly<Record<string, string>> | undefined;
  #key = '';

  constructor() {
    const own: Record<string, string> = Object.create(null) as Record<string, string>;
    const changed = () => {
      const names = Object.keys(own).toSorted();
      this.#tags = names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, own[name] as string]));
      this.#key = names.length === 0 ? '' : JSON.stringify(this.#tags);
    };
    this.view = new Proxy(own, {
      set(target, name, value: unknown) {
        target[String(name)] = checked(String(name), value);
        changed();
        return true;
      },
      deleteProperty(target, name) {
        delete target[String(name)];
        changed();
        return true;
      },
    });
  }

  /** The tags; undefined when none is set. */
  get tags(): Readonly<Record<string, string>> | undefined {
    return this.#tags;
  }

  /** The same for the same tags; '' without any. */
  get key(): string {
    return this.#key;
  }
}

/** As in k6, a text, a number or a boolean. */
function checked(name: string, value: unknown): string {
  const problems: Problem[] = [];
  const where = 'vu.exec.vu.metrics.tags';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    problems.push({ where: `${where}.${name}`, what: 'is no value of a tag', fix: 'a text, a number or a boolean' });
  }
  checkTags({ [name]: '' }, where, problems);
  if (problems.length > 0) throw new InvalidConfigError(problems);
  return String(value);
}
