#!/usr/bin/env node
// Imports nothing that is not needed to find the command: each one loads what it uses.
import { dispatch } from './dispatch.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // whoever read us has seen enough, as in `loadreg schema | head`
  throw error;
});

const code = await dispatch(process.argv.slice(2));
// Not left to the event loop: a scenario's forgotten timer or socket would keep the process.
process.stdout.write('', () => process.exit(code));
