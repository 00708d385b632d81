import { containerd } from './containerd.ts';
import type { ClientProfile } from './profile.ts';

/** Docker Engine with containerd's image store (default for new installations since version 29): containerd's requests, Docker's numbers. */
export const dockerContainerd: ClientProfile = {
  ...containerd,
  name: 'docker-containerd',
  doc: "Docker Engine with containerd's image store",
  userAgent:
    'docker/29.0.0 go/go1.25.3 git-commit/0000000 kernel/6.8.0 os/linux arch/amd64 containerd-client/2.1.4 storage-driver/overlayfs UpstreamClient(Docker-Client/29.0.0 \\(linux\\))',
  layerConcurrency: { down: 3, up: 5 },
  retry: { ...containerd.retry, policy: 'docker-containerd' },
};
