import { commandPath } from './parts.ts';
import { runOk } from './run.ts';

/** Who a registry is told one is. */
interface Login {
  readonly username: string;
  readonly password: string;
}

export interface CopyOptions {
  /** For a source in a registry. */
  from?: Login;
  /** For a destination in a registry. */
  to?: Login;
  /** More arguments, for example `['--all']`. */
  args?: readonly string[];
}

/**
 * `skopeo copy` between any two places as skopeo writes them: `oci:<folder>:<tag>`, `dir:<folder>`, `docker://127.0.0.1:5000/team/app:1`.
 * Talks to registries over plain HTTP too.
 */
export async function skopeoCopy(source: string, destination: string, options: CopyOptions = {}): Promise<void> {
  const flags = ['--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'];
  const logins = [...login('--src-creds', options.from), ...login('--dest-creds', options.to)];
  await skopeo(['copy', ...flags, ...logins, ...(options.args ?? []), source, destination]);
}

/** The manifest of an image, byte for byte. */
export async function skopeoManifest(image: string, who?: Login): Promise<string> {
  return skopeo(['inspect', '--raw', '--tls-verify=false', ...login('--creds', who), image]);
}

function login(flag: string, who: Login | undefined): string[] {
  return who === undefined ? [] : [flag, `${who.username}:${who.password}`];
}

/** Runs skopeo and resolves with what it printed. Signature policies are none of the tests' business. */
export function skopeo(args: readonly string[]): Promise<string> {
  return runOk(commandPath('skopeo') ?? 'skopeo', ['--insecure-policy', ...args]);
}
