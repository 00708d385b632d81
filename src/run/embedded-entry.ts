import { messageOf } from '../base/index.ts';
import { startRegistry } from '../serve/index.ts';

/**
 * Body of the child process that serves the embedded registry: starts it on a free port, tells the parent its address, and ends with the
 * parent, however that ends. In a process of its own it does not share an event loop with the load.
 */

// Ctrl+C and a closed terminal reach the whole process group; the parent still needs the registry for teardown.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

try {
  const registry = await startRegistry({ host: '127.0.0.1', port: 0 });
  process.on('disconnect', () => {
    void registry.close().finally(() => process.exit(0));
  });
  process.send?.({ url: registry.url });
} catch (error) {
  process.send?.({ error: messageOf(error) });
  process.disconnect?.();
}
