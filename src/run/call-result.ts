/** How a call of a scenario's function ended. */
export type CallResult =
  | { readonly state: 'done'; readonly value: unknown }
  | { readonly state: 'threw'; readonly error: unknown }
  | { readonly state: 'aborted' };

/** Calls a function of a scenario, whatever it returns or throws. Never rejects. */
export async function resultOf(run: () => unknown): Promise<CallResult> {
  try {
    return { state: 'done', value: await run() };
  } catch (error) {
    return { state: 'threw', error };
  }
}
