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
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1));

// Standard streams are written synchronously here, so nothing is lost by leaving at once; a stdin nobody
// will type into any more would keep us otherwise.
process.exit(await run(process.argv.slice(2), cli));
