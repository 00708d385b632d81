#!/usr/bin/env node
// Imports nothing that is not needed to find the command: each one loads what it uses.
import { EXIT_CODES } from '../base/index.ts';
import { dispatch } from './dispatch.ts';

// Whoever reads us may have seen enough (`loadreg schema | head`), or the disk behind it may be full. A run still has its report to write and
// its exit code to tell.
let closed = false;
process.stdout.on('error', () => {
  closed = true;
});
process.stderr.on('error', () => {});

// A scenario that waits for what never comes leaves Node.js with nothing to do.
process.once('beforeExit', () => {
  process.stderr.write(
    'error: the command waits for something that never comes: look for a promise in the scenario that nothing settles\n',
  );
  process.exit(EXIT_CODES.scriptException.code);
});

const code = await dispatch(process.argv.slice(2));
// Not left to the event loop: a scenario's forgotten timer or socket would keep the process.
if (closed) process.exit(code);
else process.stdout.write('', () => process.exit(code));
