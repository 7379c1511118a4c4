import { pipeline } from 'node:stream';
import { finished } from 'node:stream/promises';
import { exitCode } from '../container/exit-status.js';
import { PeapodError } from '../errors.js';
import type { ExecSession } from '../pod/engine-api.js';
import type { Output } from './cli.js';
import type { Context } from './context.js';
import type { Terminal } from './use-terminal.js';

export interface RunSessionOptions {
  /** The session has a terminal of its own at the other end. */
  readonly terminal: Terminal | undefined;
  readonly context: Context;
}

/** Connects a session to our own streams until it ends. The exit code of its process. */
export async function runSession(session: ExecSession, options: RunSessionOptions): Promise<number> {
  const { terminal, context } = options;
  const { stdin, stdout, stderr } = context.cli;
  terminal?.enter((size) => session.resize(size));
  try {
    // The program may close its stdin, or end, while we still have something for it.
    if (session.stdin !== null) pipeline(stdin, session.stdin, () => {});
    const outputs = [forward(session.stdout, stdout)];
    if (session.stderr !== null) outputs.push(forward(session.stderr, stderr));
    const [status] = await Promise.all([session.exit, ...outputs]);
    if (status.kind !== 'unknown') return exitCode(status);
    throw new PeapodError('PEAPOD_DAEMON_UNREACHABLE', `The exit status is not known: ${status.reason}`);
  } finally {
    terminal?.restore();
    stdin.destroy();
  }
}

/** Our own stream stays open: others write to it after this. */
async function forward(from: NodeJS.ReadableStream, to: Output): Promise<void> {
  from.pipe(to, { end: false });
  await finished(from).catch(() => {});
}
