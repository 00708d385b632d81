import { z } from 'zod';

/** Under what circumstances a run was made: target, machine and options. */

const names = (what: string) => z.array(z.string()).describe(what);
const text = z.string();

/** The registry under test. */
export const targetSchema = z.strictObject({
  baseUrl: text.describe('Base URL of the registry, without credentials; /v2/ comes after it.'),
  embedded: z.boolean().describe('Whether it was the registry that loadreg itself started.'),
  server: text.nullable().describe('Server header of the first answer; null when there was none.'),
  apiVersion: text.nullable().describe('Docker-Distribution-Api-Version header of the first answer; null when there was none.'),
  protocol: text.nullable().describe('Protocol spoken, for example "HTTP/1.1"; null when unknown.'),
  tls: text.nullable().describe('TLS version spoken, for example "TLSv1.3"; null on plain TCP or when unknown.'),
  auth: z.enum(['none', 'basic', 'bearer']).describe('How the registry wanted to be signed in to.'),
  redirectHosts: names('Hosts, with their ports, that answers redirected to, such as an object storage.'),
  pushAllowed: z.boolean().nullable().describe('Whether a trial upload was accepted before the start; null when none was made.'),
  deleteAllowed: z.boolean().nullable().describe('Whether deleting was found to be allowed before the start; null when it was not tried.'),
  clockOffsetUs: z
    .number()
    .nullable()
    .describe("The registry's clock minus the generator's, in µs, as far as its Date header tells; null when unknown."),
});

/** The machine that made the load. */
export const environmentSchema = z.strictObject({
  cpuModel: text.describe("Model of the generator's processor."),
  cores: z.number().int().positive().describe('Number of processor cores that the generator may use.'),
  memoryBytes: z.number().int().nonnegative().describe("The generator's memory, in bytes."),
  platform: text.describe('Operating system and architecture, for example "linux x64".'),
  kernel: text.describe("Release of the generator's kernel."),
  nodeVersion: text.describe('Version of Node.js, with its v.'),
  label: text.nullable().describe('What --env-label said; null without it.'),
});

const scenarioOptions = z.strictObject({
  name: text.describe('Name of the scenario.'),
  exec: text.describe('Exported function that was one iteration.'),
  executor: z
    .looseObject({ executor: text.describe('Name of the executor, for example "constant-vus".') })
    .describe('Options of the executor with every default filled in; names that end in Ms are milliseconds.'),
  startTimeMs: z.number().nonnegative().describe('When the scenario began, in ms from the start of the load.'),
  envNames: names("Names of the scenario's own environment; values are not recorded."),
  tags: z.record(z.string(), z.string()).describe('Tags added to every series of the scenario.'),
});

/** The consolidated options. */
export const optionsSchema = z.strictObject({
  scenarios: z.array(scenarioOptions).describe('The scenarios of the run, with every default filled in.'),
  thresholds: z
    .array(
      z.strictObject({
        metric: text.describe('Metric or sub-metric, as written.'),
        expression: text.describe('The expression, as written; k6’s grammar, milliseconds for times.'),
        abortOnFail: z.boolean().describe('Whether the run was to end as soon as it failed.'),
        delayAbortEvalMs: z.number().nonnegative().describe('How long after the start it could not end the run, in ms.'),
        windowMs: z.number().positive().nullable().describe('Length of the windows that each had to hold, in ms; null: the whole run.'),
      }),
    )
    .describe('Thresholds that were asked for.'),
  baseline: text.nullable().describe('File of the run record that thresholds were to be held against; null without one.'),
  disabledThresholds: names('Metrics whose built-in threshold was switched off.'),
  warmupMs: z.number().nonnegative().describe('Warm-up before the measured window, in ms.'),
  verify: text.describe('How much of what was pulled was verified: "full", "sampled:<share>", "size" or "off".'),
  clientProfile: text.describe(
    'Which client the requests imitate; "plain" is loadreg\'s own way: HEAD and GET of the manifest, config, layers.',
  ),
  retries: z
    .looseObject({ policy: text.describe('"none", the client whose policy it was, or "own".') })
    .describe('What was tried again: rules for requests, for downloads and for uploads of blobs; waits in ms.'),
  timeoutsMs: z
    .strictObject({
      connect: z.number().positive().describe('TCP and TLS together, in ms.'),
      headers: z.number().positive().describe('From the end of a request to the head of its answer, in ms.'),
      uploadHeaders: z.number().positive().describe('The same for uploads, in ms.'),
      stall: z.number().positive().describe('Without any byte of a body, in either direction, in ms.'),
      total: z.number().positive().describe('The whole exchange, in ms.'),
    })
    .describe('Time-outs of every exchange.'),
  minIterationMs: z.number().nonnegative().describe('An iteration that was shorter was followed by a pause up to this, in ms; 0 without.'),
  layerConcurrency: z.number().int().positive().describe('Layers that a pull transferred at once.'),
  push: z
    .strictObject({
      layerConcurrency: z.number().int().positive().describe('Blobs that a push transferred at once.'),
      mode: text.describe('How blobs went up: "monolithic", "stream", "chunked" or "single-post".'),
      chunkSizeBytes: z.number().int().positive().describe('Bytes of a chunk, where the mode cut any.'),
      mountFrom: text.nullable().describe('Repository that missing blobs were mounted from; null without one.'),
    })
    .describe('How pushes went unless the scenario said otherwise.'),
  cache: text.describe('Which layers a host had already when it pulled: "none", "per-vu" (what it had pulled itself) or "shared".'),
  connections: z
    .union([z.literal('per-vu'), z.strictObject({ shared: z.number().int().positive().describe('Connections of each pool.') })])
    .describe('Whether each VU had connections of its own, as hosts have, or the VUs of a thread shared a pool.'),
  noConnectionReuse: z.boolean().describe('Whether every request opened a connection of its own.'),
  noVUConnectionReuse: z.boolean().describe('Whether every iteration began without connections.'),
  repoPrefix: text.describe('What stood before every repository that loadreg named itself.'),
  userAgent: text.describe('User-Agent header that was sent.'),
  restoreBasePath: z.boolean().describe('Whether the path of the base URL was put before a Location that came without it.'),
  insecureSkipTlsVerify: z.boolean().describe('Whether any TLS certificate was accepted.'),
  tags: z.record(z.string(), z.string()).describe('Tags added to every series of the run.'),
  setupTimeoutMs: z.number().nonnegative().describe('Longest time for setup(), in ms.'),
  teardownTimeoutMs: z.number().nonnegative().describe('Longest time for teardown(), in ms.'),
  noSetup: z.boolean().describe('Whether setup() was left out.'),
  noTeardown: z.boolean().describe('Whether teardown() was left out.'),
  noThresholds: z.boolean().describe('Whether thresholds were left out.'),
  cleanup: z.boolean().describe('Whether what the run pushed was to be removed at its end.'),
  maxWriteBytes: z.number().nonnegative().describe('Upload volume at which the run would have been stopped, in bytes.'),
  summaryTrendStats: names('Statistics of trends that the text report was asked to show.'),
  strict: z.boolean().describe('Whether a suspect generator makes the run fail.'),
});

/** The registry under test, as it showed itself before the start. */
export type Target = z.infer<typeof targetSchema>;
/** The machine that made the load. */
export type Environment = z.infer<typeof environmentSchema>;
/** Options as the record keeps them: consolidated, secrets left out. */
export type RecordedOptions = z.infer<typeof optionsSchema>;
