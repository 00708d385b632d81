#!/usr/bin/env node
// Imports nothing that is not needed to find the command: each one loads what it uses.
import { dispatch } from './dispatch.ts';

let closed = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed = true; // whoever read us has seen enough, as in `loadreg schema | head`; a run still has its report to write and its exit code to tell
});

const code = await dispatch(process.argv.slice(2));
// Not left to the event loop: a scenario's forgotten timer or socket would keep the process.
if (closed) process.exit(code);
else process.stdout.write('', () => process.exit(code));
