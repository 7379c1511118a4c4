import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, PeapodError } from '../errors.js';
import { buildPaths, type Paths } from '../kernel/paths.js';
import { EngineClient } from './client.js';
import { isUnanswered } from './connection-error.js';
import { findLockHolder, type LockHolder } from './lock-holder.js';
import { prepareRunDirectory } from './run-directory.js';
import type { StartedDaemon } from './start.js';
import { Transport } from './transport.js';

/** How long a daemon that lives may take to answer: on a machine with much to do, its start waits for its turn. */
const limitMs = 60_000;

/** Between two looks at the socket. A daemon is up in some 80 ms: finer than it matters. */
const stepMs = 5;

/**
 * How long to wait for the daemon that holds the root to answer before trying again, as it may be stopping. Each time
 * twice as long: of many commands, those that come too late would only keep the daemon from its start.
 */
const firstPatienceMs = 500;

/** How long to wait for a program that is no daemon to let go of the root. */
const heldLimitMs = 2000;

/** Exit code of a daemon that found its root held by another: BSD's EX_TEMPFAIL. */
export const heldExitCode = 75;

export interface ConnectOptions {
  /** Absent is the machine's own root. */
  readonly root?: string | undefined;
  /** The script to start a daemon with; absent: only one that runs is used. */
  readonly entry?: string | undefined;
  /** More words for the `serve` of a daemon that is started. */
  readonly daemonArguments?: readonly string[] | undefined;
}

/**
 * The engine behind a root's daemon, which is started when none answers. Of several commands that start one, the
 * root's lock lets a single daemon live; all of them use that one.
 */
export async function connectEngine(options: ConnectOptions = {}): Promise<EngineClient> {
  const { run, lock } = buildPaths(options.root);
  const running = await tryConnect(run);
  if (running !== undefined) return running;
  if (options.entry === undefined) throw unreachable('No daemon runs', run);
  prepareRunDirectory(run);
  return await startAndConnect({ run, lock }, { ...options, entry: options.entry });
}

async function tryConnect(run: string): Promise<EngineClient | undefined> {
  let transport: Transport | undefined;
  try {
    transport = new Transport(run);
    const client = new EngineClient(transport);
    await client.ping();
    return client;
  } catch (error) {
    transport?.close();
    // A root that cannot be one is told when its directories are made.
    if (isUnanswered(error) || hasCode(error, 'ENOTDIR')) return undefined;
    throw hasCode(error, 'EACCES') ? notAllowed(run, error) : error;
  }
}

function notAllowed(run: string, cause: unknown): PeapodError {
  return new PeapodError('PEAPOD_DAEMON_UNREACHABLE', `Cannot open "${run}": EACCES`, {
    hint: 'peapod needs root: run it with sudo',
    cause,
  });
}

async function startAndConnect(
  { run, lock }: Pick<Paths, 'run' | 'lock'>,
  options: ConnectOptions & { readonly entry: string },
): Promise<EngineClient> {
  const { startDaemon } = await import('./start.js');
  const log = join(run, 'daemon.log');
  const start = Date.now();
  let patience = firstPatienceMs;
  let holder: LockHolder | undefined;
  while (Date.now() < start + (mayAnswer(holder) ? limitMs : heldLimitMs)) {
    const daemon = startDaemon({ ...options, log });
    try {
      const client = await waitForSocket(run, daemon, { deadline: start + limitMs, patience });
      if (client !== undefined) return client;
      patience *= 2;
      holder = findLockHolder(lock);
    } finally {
      daemon.release();
    }
  }
  throw held(run, holder);
}

/** Whoever holds the root may be a daemon on its way up or down, or a program that will never serve it. */
function mayAnswer(holder: LockHolder | undefined): boolean {
  return holder === undefined || holder.command.includes('serve');
}

/** Rejects when the daemon failed or the time is over; undefined when it gave way to another which is silent. */
async function waitForSocket(
  run: string,
  daemon: StartedDaemon,
  limits: { readonly deadline: number; readonly patience: number },
): Promise<EngineClient | undefined> {
  let { patience } = limits;
  while (patience > 0) {
    // Asked before the socket, so that a winner which comes up in between is still seen.
    const code = daemon.exitCode();
    const client = await tryConnect(run);
    if (client !== undefined) return client;
    if (code !== undefined && code !== heldExitCode) throw failed(daemon, join(run, 'daemon.log'));
    if (code === undefined && Date.now() > limits.deadline)
      throw unreachable('The daemon does not answer', run);
    if (code === heldExitCode) patience -= stepMs;
    await sleep(stepMs);
  }
  return undefined;
}

function failed(daemon: StartedDaemon, log: string): PeapodError {
  const words = daemon.lastWords().replace(/^error: /, '');
  const reason = words === '' ? `it ended with ${daemon.exitCode() ?? 'a signal'}` : words;
  return new PeapodError('PEAPOD_DAEMON_UNREACHABLE', `The daemon could not start: ${reason}`, {
    hint: `Its log is ${log}`,
    details: { log, exitCode: daemon.exitCode() },
  });
}

function held(run: string, holder: LockHolder | undefined): PeapodError {
  const who = holder === undefined ? 'Another program' : `Process ${holder.pid}`;
  return new PeapodError('PEAPOD_ROOT_HELD', `${who} holds "${run}" and serves no socket`, {
    hint: 'A program that embeds peapod has this root, or a daemon whose socket was removed: end it, or name another --root',
    details: { holder },
  });
}

function unreachable(what: string, run: string): PeapodError {
  return new PeapodError('PEAPOD_DAEMON_UNREACHABLE', `${what} on "${join(run, 'peapod.sock')}"`);
}
