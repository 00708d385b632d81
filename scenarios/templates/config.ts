/**
 * What every run in this folder has in common. Read by itself when loadreg is started here; --config FILE reads another, --no-config none.
 * A scenario's own options go before these, the environment (LOADREG_…) and the flags before both.
 */
import type { Config } from 'loadreg';

export default {
  // registry: 'https://registry.example.test', // default: the embedded registry
  // username: 'loadreg', // its password: LOADREG_PASSWORD, --password-stdin, or docker login
  // caFile: 'ca.pem',
  repoPrefix: 'loadreg', // goes before every repository that is made here: a project, a namespace
  maxWrite: '20GiB', // a run stops when it has uploaded this much
  labels: { team: 'platform' }, // describe the run in its report
  reportsDir: 'reports',
} satisfies Config;
