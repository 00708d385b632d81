// node test/bench/memory.mjs reports/example-pull-heavy.json: resident memory of loadreg over a run, from its record.
import { readFileSync } from 'node:fs';

const record = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const columnSeconds = record.columns.widthUs / 1e6;
const mib = record.health.columns.rssBytes.map((bytes) => (bytes ?? 0) / 1024 ** 2);
const at = (seconds) => mib[Math.min(mib.length - 1, Math.floor(seconds / columnSeconds))];
const minutes = Array.from({ length: Math.floor((mib.length * columnSeconds) / 60) + 1 }, (_, minute) => minute);
console.log(`resident memory, MiB, at minute ${minutes.map((minute) => `${minute}: ${at(minute * 60).toFixed(0)}`).join(', ')}`);
console.log(`highest: ${Math.max(...mib).toFixed(0)} MiB`);
