import { LoadregError } from '../base/index.ts';

/** Registries that belong to everybody: a load test of them is an attack. Matched as the host or a domain above it. */
const PUBLIC_REGISTRIES: readonly string[] = [
  'docker.io',
  'docker.com',
  'ghcr.io',
  'quay.io',
  'gcr.io',
  'pkg.dev',
  'k8s.io',
  'azurecr.io',
  'mcr.microsoft.com',
  'public.ecr.aws',
  'amazonaws.com',
  'gitlab.com',
  'redhat.io',
  'redhat.com',
  'nvcr.io',
  'icr.io',
  'jfrog.io',
  'registry.suse.com',
  'cgr.dev',
];

/** Refuses a well-known public registry, unless the user says that it is theirs. */
export function refusePublicRegistry(baseUrl: string, isMine: boolean): void {
  const host = new URL(baseUrl).hostname.toLowerCase();
  if (isMine || !PUBLIC_REGISTRIES.some((name) => host === name || host.endsWith(`.${name}`))) return;
  throw new LoadregError(`${host} is a public registry, and a load test of it would be an attack`, {
    exit: 'invalidConfig',
    hint: 'name a registry of your own with --registry; if this one is yours, add --public-registry-is-mine',
  });
}
