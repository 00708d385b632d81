#!/usr/bin/env node
// Imports nothing that is not needed to find the command: each one loads what it uses.
import { EXIT_CODES } from '../base/index.ts';
import { dispatch } from './dispatch.ts';
import { exitOnInterrupt } from './interrupt.ts';

exitOnInterrupt(); // the command is not loaded yet

// Whoever reads us may have seen enough (`loadreg schema | head`), or the disk behind it may be full. A run still has its report to write and
// its exit code to tell.
let broken: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error) => {
  broken ??= error;
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
if (broken === undefined) {
  process.stdout.write('', (error) => {
    broken ??= error ?? undefined; // a file that is full tells so here before it emits anything
    process.exit(exitCode(code));
  });
} else {
  process.exit(exitCode(code));
}

/** A reader who has seen enough is no failure; a result that nobody can have seen is one. */
function exitCode(ofCommand: number): number {
  if (broken === undefined || broken.code === 'EPIPE' || ofCommand !== EXIT_CODES.ok.code) return ofCommand;
  process.stderr.write(`error: stdout cannot be written: ${broken.message}\n`);
  return EXIT_CODES.reportNotWritten.code;
}
