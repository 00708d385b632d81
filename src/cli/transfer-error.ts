import { codeOf, LoadregError } from '../base/index.ts';

/**
 * What ended a transfer, as an error that the command line shows in a line and exits 124 for; 105 when `signal` had it cut off, and then `left`
 * says what stays of it. A defect of loadreg is returned as it is.
 */
export function transferError(error: unknown, signal: AbortSignal, left = 'nothing was left behind'): unknown {
  if (signal.aborted) return new LoadregError(`interrupted; ${left}`, { exit: 'interrupted' });
  if (error instanceof LoadregError) return error;
  if (!(error instanceof Error)) return error;
  // Failures of a flow, of the network and of the file system; a TypeError is none.
  if (error.name === 'FlowError') return new LoadregError(error.message, { exit: 'transferFailed', cause: error });
  if (error.name !== 'ExchangeError' && !('syscall' in error)) return error;
  return new LoadregError(withCode(error), { exit: 'transferFailed', cause: error });
}

function withCode(error: Error): string {
  const code = codeOf(error) ?? '';
  return error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}
