import { keyedRandom, InvalidConfigError } from '../base/index.ts';
import type { HttpRequest, HttpResponse } from '../http/index.ts';
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

/** How one download is checked: where its bytes go, and what is said of the answer. */
export interface Verification {
  readonly sink?: DigestSink;
  readonly verify?: NonNullable<HttpRequest['verify']>;
}

/** Checks a blob against its digest and, where it is known, its size. */
export function verification(mode: VerifyMode, digest: string, size: number | undefined): Verification {
  if (mode === 'nothing') return {};
  const sink = mode === 'digest' ? new DigestSink(algorithmOf(digest)) : undefined;
  const verify = (response: HttpResponse) => {
    if (response.status !== 200) return undefined;
    if (size !== undefined && response.bodyBytes !== size) {
      return { code: 'SIZE_MISMATCH', detail: `${response.bodyBytes} bytes arrived of a blob of ${size} bytes` };
    }
    if (sink === undefined || sink.digest() === digest) return undefined;
    return { code: 'DIGEST_MISMATCH', detail: 'the bytes of a blob do not have the digest that it was asked for by' };
  };
  return sink === undefined ? { verify } : { sink, verify };
}

/** Fails the flow when an exchange found a mismatch; the exchange was counted as one. */
export function failOnMismatch(mismatch: { code: string; detail: string } | undefined): void {
  if (mismatch === undefined) return;
  throw new FlowError(mismatch.code, mismatch.detail);
}
