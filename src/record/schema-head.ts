import type { z } from 'zod';
import { recordSchema } from './schema.ts';

/** What a record says that is known before setup starts. */
export const recordHeadSchema = recordSchema.pick({
  format: true,
  version: true,
  id: true,
  name: true,
  labels: true,
  tool: true,
  seed: true,
  workloadHash: true,
  environmentId: true,
  scenarioPath: true,
  envNames: true,
  headerNames: true,
  startedAt: true,
  target: true,
  environment: true,
  options: true,
});

/** What a record says that is known before setup starts: target, machine and options. */
export type RecordHead = z.infer<typeof recordHeadSchema>;
