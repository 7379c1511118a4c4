import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

/** The root of the project. */
export const projectRoot = dirname(import.meta.dirname);

/**
 * Runs a program in the project's root and waits for its end; it never throws for a failed program.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {boolean} [options.capture] collect stdout and stderr as text instead of passing them on
 * @param {boolean} [options.tee] collect them and pass them on
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} [options.timeoutMs] kill it after this long; 0 means no limit
 * @returns {Promise<{status: number, output: string}>} 128 + n for signal n, 127 when it cannot be started
 */
export function run(command, args, { capture = false, tee = false, env = quickEnv(), timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const output = capture || tee ? 'pipe' : 'inherit';
    const options = {
      cwd: projectRoot,
      env,
      stdio: ['ignore', output, output],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    };
    const child = spawn(command, args, options);
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
    if (tee) child.stdout.pipe(process.stdout, { end: false });
    if (tee) child.stderr.pipe(process.stderr, { end: false });
    const finish = (status) => resolve({ status, output: Buffer.concat(chunks).toString() });
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      finish(127);
    });
    child.on('close', (code, signal) => finish(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
  });
}

/** Runs a program and throws, with what it printed, unless it exits with 0. */
export async function runOrThrow(command, args, options) {
  const { status, output } = await run(command, args, options);
  if (status === 0) return output;
  throw new Error(`${[command, ...args].join(' ')} failed with status ${status}\n${output}`.trimEnd());
}

/** The environment without NODE_EXTRA_CA_CERTS, which costs every Node 20 process about 40 ms. */
export function quickEnv() {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  return env;
}
