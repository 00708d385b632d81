import { LoadregError } from '../base/index.ts';

/** What makes an archive, or a layout, unfit to be pushed. The message names it and the part of it that is wrong. Exit 104. */
export class ArchiveError extends LoadregError {
  override readonly name: string = 'ArchiveError';

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, { exit: 'invalidConfig', ...options });
  }
}

/** Content that a manifest names and the archive does not hold. */
export class MissingContentError extends ArchiveError {
  override readonly name = 'MissingContentError';
}

/** Makes the error for a sentence about one archive. */
export type Refuse = (what: string, options?: { readonly hint?: string; readonly cause?: unknown }) => ArchiveError;
