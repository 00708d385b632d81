import { LoadregError, messageOf, oneLine, shown } from '../base/index.ts';
import { DecompressError } from './decompress.ts';

/** What makes a layer impossible to unpack. */
export type LayerFault =
  /** An entry would be written outside of the root, or is made to. */
  | 'LAYER_UNSAFE'
  /** No tar, a damaged one, or one with something in it that is not supported. */
  | 'LAYER_UNUSABLE'
  /** It unpacks to other bytes than the config says (`rootfs.diff_ids`). */
  | 'DIFF_ID_MISMATCH';

/** A layer that cannot be unpacked. The message names the layer and, where there is one, the entry. Exit 124. */
export class LayerError extends LoadregError {
  override readonly name = 'LayerError';
  readonly code: LayerFault;

  constructor(code: LayerFault, message: string) {
    super(message, { exit: 'transferFailed' });
    this.code = code;
  }
}

/** A name of an entry for a message: one line, at most 120 characters. Names are bytes, one a character: they need not be UTF-8. */
export function shownName(name: string): string {
  return shown(Buffer.from(name, 'latin1').toString('utf8'));
}

/** An error of unpacking, with the layer that it was about. */
export function explainLayer(error: unknown, layer: string): unknown {
  if (error instanceof LayerError) return new LayerError(error.code, `layer ${layer}: ${error.message}`);
  if (error instanceof DecompressError) {
    return new LayerError('LAYER_UNUSABLE', `layer ${layer}: ${error.message}`);
  }
  if (error instanceof Error && 'syscall' in error) {
    return new LoadregError(`layer ${layer} could not be written: ${oneLine(messageOf(error))}`, { exit: 'transferFailed', cause: error });
  }
  return error;
}
