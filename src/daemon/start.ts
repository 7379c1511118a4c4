import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** A log longer than this is put aside before the next daemon starts. */
const logLimitBytes = 1024 * 1024;

/** What a failed daemon's own words may take of the error message. */
const tailBytes = 4096;

/** Environment a daemon inherits; the rest, NODE_OPTIONS first of all, is the business of whoever typed the command. */
const inherited = /^(PATH|HOME|LANG|LC_.*|TZ|NODE_DEBUG|PEAPOD_.*|(HTTPS?|NO)_PROXY|(https?|no)_proxy)$/;

export interface StartOptions {
  /** The command line's own script. */
  readonly entry: string;
  readonly root?: string | undefined;
  readonly log: string;
  /** More words for its `serve`. */
  readonly daemonArguments?: readonly string[] | undefined;
}

/** A daemon on its way up. */
export interface StartedDaemon {
  /** Undefined while it runs; null after a signal. */
  exitCode(): number | null | undefined;
  /** What it printed. */
  lastWords(): string;
  release(): void;
}

/** Starts `peapod serve` in a session of its own, with `/` as its directory and its output in the log. */
export function startDaemon({ entry, root, log, daemonArguments = [] }: StartOptions): StartedDaemon {
  rotate(log);
  const fd = openSync(log, 'a+', 0o600);
  const from = fstatSync(fd).size;
  let code: number | null | undefined;
  const args = [
    entry,
    'serve',
    '--foreground',
    '--on-demand',
    // The daemon works in `/`: a relative name would be another directory there.
    ...(root === undefined ? [] : ['--root', resolve(root)]),
    ...daemonArguments,
  ];
  const child = spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    env: { ...cleanEnvironment(process.env), ...ownEnvironment },
    stdio: ['ignore', fd, fd],
  });
  child.once('exit', (status) => {
    code = status;
  });
  child.once('error', () => {
    code = null;
  });
  child.unref();
  return { exitCode: () => code, lastWords: () => readTail(fd, from), release: () => closeSync(fd) };
}

/** For glibc: a thread's own arena keeps what the thread once held, 16 MiB more after the pull of an image of 1 GB. */
const ownEnvironment = { MALLOC_ARENA_MAX: '1' };

export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => inherited.test(name)));
}

function rotate(log: string): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) renameSync(log, `${log}.1`);
}

function readTail(fd: number, from: number): string {
  const start = Math.max(from, fstatSync(fd).size - tailBytes);
  const buffer = Buffer.alloc(tailBytes);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, tailBytes, start)).trim();
}
