import { keyedRandom, InvalidConfigError } from '../base/index.ts';
import type { HttpRequest, HttpResponse, Sink } from '../http/index.ts';
import { algorithmOf, DigestSink } from '../registry/index.ts';
import { FlowError } from './failure.ts';
import type { VerifyPolicy, VU } from './vu.ts';

/** What of a blob is checked. */
export type VerifyMode = 'digest' | 'size' | 'nothing';

/** What is checked of the blob with this digest in the current iteration. A sampled choice does not touch `vu.random`: it must change no load. */
export function verifyMode(vu: VU, policy: VerifyPolicy, digest: string): VerifyMode {
  if (policy === 'full') return 'digest';
  if (policy === 'size') return 'size';
  if (policy === 'off') return 'nothing';
  const share = Number(policy.slice('sampled:'.length));
  if (!policy.startsWith('sampled:') || !(share >= 0 && share <= 1)) {
    const fix = 'full, sampled:<share from 0 to 1>, size or off';
    throw new InvalidConfigError([{ where: 'verify', what: `${JSON.stringify(policy)} is no way to verify`, fix }]);
  }
  const { exec } = vu;
  const random = keyedRandom(
    vu.internals.settings.seed,
    'verify',
    exec.scenario.name,
    exec.vu.idInTest,
    exec.vu.iterationInInstance,
    digest,
  );
  return random.chance(share) ? 'digest' : 'size';
}

/** How one request for a blob is checked: where its bytes go, and what is said of the answer. */
export interface Verification {
  readonly sink: Sink | undefined;
  readonly verify: HttpRequest['verify'];
}

/** Checks a blob against its digest and, where it is known, its size; over several requests when a cut download goes on where it ended. */
export class BlobCheck {
  readonly #mode: VerifyMode;
  readonly #digest: string;
  readonly #size: number | undefined;
  readonly #resumable: boolean;
  #hash: DigestSink | undefined;
  #received = 0;

  /** `size`: undefined where nobody told it. `resumable`: bytes are counted, so that {@link received} is known after a failure. */
  constructor(mode: VerifyMode, digest: string, size: number | undefined, resumable: boolean) {
    this.#mode = mode;
    this.#digest = digest;
    this.#size = size;
    this.#resumable = resumable;
    this.restart();
  }

  /** Bytes that arrived so far. */
  get received(): number {
    return this.#received;
  }

  /** Forgets what arrived. */
  restart(): void {
    this.#hash = this.#mode === 'digest' ? this.#newHash() : undefined;
    this.#received = 0;
  }

  /** For the next request, which asks for what is missing. */
  next(): Verification {
    const from = this.#received;
    // A registry may send the whole blob all the same.
    const whole = from > 0 && this.#mode === 'digest' ? this.#newHash() : undefined;
    const hash = this.#hash;
    const verify = (response: HttpResponse) => {
      const partial = from > 0 && response.status === 206;
      if (!partial && response.status !== 200) return undefined;
      const used = partial || from === 0 ? hash : whole;
      return this.#mismatch(response, response.bodyBytes + (partial ? from : 0), used);
    };
    const sink = this.#resumable ? this.#counting(hash, whole) : hash;
    return { sink, verify: this.#mode === 'nothing' ? undefined : verify };
  }

  #newHash(): DigestSink {
    return new DigestSink(algorithmOf(this.#digest), this.#size);
  }

  #counting(hash: DigestSink | undefined, whole: DigestSink | undefined): Sink {
    return {
      write: (chunk) => {
        this.#received += chunk.length;
        hash?.write(chunk);
        whole?.write(chunk);
      },
    };
  }

  #mismatch(response: HttpResponse, bytes: number, hash: DigestSink | undefined): { code: string; detail: string } | undefined {
    if (this.#size !== undefined && bytes !== this.#size) {
      return { code: 'SIZE_MISMATCH', detail: `${bytes} bytes arrived of a blob of ${this.#size} bytes${encodingOf(response)}` };
    }
    if (hash === undefined || hash.digest() === this.#digest) return undefined;
    return {
      code: 'DIGEST_MISMATCH',
      detail: `the bytes of a blob do not have the digest that it was asked for by${encodingOf(response)}`,
    };
  }
}

function encodingOf({ headers }: HttpResponse): string {
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (encoding === 'identity') return '';
  return `; it came with a Content-Encoding, which a client may undo and loadreg does not`;
}

/** Fails the flow when an exchange found a mismatch; the exchange was counted as one. */
export function failOnMismatch(mismatch: { code: string; detail: string } | undefined): void {
  if (mismatch === undefined) return;
  throw new FlowError(mismatch.code, mismatch.detail);
}
