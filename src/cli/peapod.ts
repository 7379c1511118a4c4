#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Cli } from './cli.js';
import { run } from './run.js';

// Node 22.1 and later keep compiled code between runs: half of what is left of the start.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();

const cli: Cli = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  entry: fileURLToPath(import.meta.url),
  connect: async (options) => (await import('../daemon/connect.js')).connectEngine(options),
};

// `peapod logs web | head`: the reader has what it wanted. A shell would report SIGPIPE's 141.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(141);
  process.stderr.write(`error: Cannot write the output: ${error.code}\n`);
  process.exit(1);
});
// Nobody can be told, and a daemon whose log's disk is full has pods to look after.
process.stderr.on('error', () => {});

// Standard streams are written synchronously here, so nothing is lost by leaving at once; a stdin nobody
// will type into any more would keep us otherwise.
const exitCode = await run(process.argv.slice(2), cli);
// The failure of a write is told a moment after it.
setImmediate(() => process.exit(exitCode));
