import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, PeapodError } from '../errors.js';
import { buildPaths } from '../kernel/paths.js';
import { EngineClient } from './client.js';
import { isUnanswered } from './connection-error.js';
import { prepareRunDirectory } from './run-directory.js';
import type { StartedDaemon } from './start.js';
import { Transport } from './transport.js';

/** How long a daemon may take to answer. */
const limitMs = 10_000;

/** Between two looks at the socket. A daemon is up in some 80 ms: finer than it matters. */
const stepMs = 5;

/** How long to wait for the daemon that holds the root to answer before trying again: it may be stopping. */
const heldMs = 500;

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
  const { run } = buildPaths(options.root);
  const running = await tryConnect(run);
  if (running !== undefined) return running;
  if (options.entry === undefined) throw unreachable('No daemon runs', run);
  prepareRunDirectory(run);
  return await startAndConnect(run, { ...options, entry: options.entry });
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
  run: string,
  options: ConnectOptions & { readonly entry: string },
): Promise<EngineClient> {
  const { startDaemon } = await import('./start.js');
  const log = join(run, 'daemon.log');
  const deadline = Date.now() + limitMs;
  let gaveWay = false;
  while (Date.now() < deadline) {
    const daemon = startDaemon({ ...options, log });
    try {
      const client = await waitForSocket(run, daemon, deadline);
      if (client !== undefined) return client;
      gaveWay = true;
    } catch (error) {
      // The last of several: those before it found the root held, and so would it.
      throw gaveWay && daemon.exitCode() === undefined ? held(run) : error;
    } finally {
      daemon.release();
    }
  }
  throw held(run);
}

/** Rejects when the daemon failed or the time is over; undefined when it gave way to another which is silent. */
async function waitForSocket(
  run: string,
  daemon: StartedDaemon,
  deadline: number,
): Promise<EngineClient | undefined> {
  let patience = heldMs;
  while (patience > 0) {
    // Asked before the socket, so that a winner which comes up in between is still seen.
    const code = daemon.exitCode();
    const client = await tryConnect(run);
    if (client !== undefined) return client;
    if (code !== undefined && code !== heldExitCode) throw failed(daemon, join(run, 'daemon.log'));
    if (code === undefined && Date.now() > deadline) throw unreachable('The daemon does not answer', run);
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

function held(run: string): PeapodError {
  return new PeapodError('PEAPOD_ROOT_HELD', `Another program holds "${run}" and serves no socket`, {
    hint: 'A program that embeds peapod has this root, or a daemon whose socket was removed: end it, or name another --root',
  });
}

function unreachable(what: string, run: string): PeapodError {
  return new PeapodError('PEAPOD_DAEMON_UNREACHABLE', `${what} on "${join(run, 'peapod.sock')}"`);
}
