import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import t from 'tap';
import { connectEngine } from '../../../src/daemon/connect.js';
import { findLockHolder } from '../../../src/daemon/lock-holder.js';
import { cleanEnvironment } from '../../../src/daemon/start.js';
import { packageRoot } from '../../../src/native/binding.js';
import { scratchDirectory } from '../../scratch.js';

const directory = scratchDirectory(t);
const entry = join(directory, 'peapod.mjs');

t.before(async () => {
  // The addon is found from the package.json above the code that asks for it.
  const link = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(${JSON.stringify(join(packageRoot(), 'package.json'))});`;
  await build({
    entryPoints: [join(import.meta.dirname, '../fixtures/daemon-entry.ts')],
    ...{ outfile: entry, bundle: true, format: 'esm', platform: 'node', target: 'node20' },
    ...{ external: ['node-gyp-build'], banner: { js: link }, logLevel: 'silent' },
    define: { 'import.meta.url': JSON.stringify(`file://${packageRoot()}/dist/peapod.js`) },
  });
});

interface Test {
  teardown(work: () => unknown): unknown;
}

/** A root whose daemons, those still on their way up included, are ended with the test. */
function makeRoot(t: Test): string {
  const root = scratchDirectory(t);
  t.teardown(async () => {
    for (const pid of daemonsOf(root)) await end(pid, 'SIGTERM');
  });
  return root;
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  while (isAlive(pid)) await sleep(5);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

t.test('a daemon is started when none answers, apart from whoever started it', async (t) => {
  const root = makeRoot(t);
  const engine = await connectEngine({ root, entry });
  const { pid } = await engine.ping();
  await engine.close();
  t.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
  t.equal(stat(pid).session, pid, 'in a session of its own');
  t.match(readlinkSync(`/proc/${pid}/fd/1`), /daemon\.log$/);
  const again = await connectEngine({ root, entry });
  t.equal((await again.ping()).pid, pid, 'and used by the next command');
  await again.close();
});

t.test('a relative root is one in the directory of who starts the daemon', async (t) => {
  const root = makeRoot(t);
  const here = process.cwd();
  t.teardown(() => process.chdir(here));
  process.chdir(dirname(root));
  const engine = await connectEngine({ root: basename(root), entry });
  t.same(daemonsOf(root), [(await engine.ping()).pid]);
  await engine.close();
});

t.test('a daemon is started with the words it is to have', async (t) => {
  const root = makeRoot(t);
  const daemonArguments = ['--pod-cidr', '10.85.0.0/16'];
  const engine = await connectEngine({ root, entry, daemonArguments });
  t.match(commandLine((await engine.ping()).pid).slice(-3, -1), daemonArguments);
  await engine.close();
});

function stat(pid: number): { session: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { session: Number(fields[3]) };
}

t.test('a daemon logs its requests when NODE_DEBUG asks for it', async (t) => {
  process.env.NODE_DEBUG = 'peapod:*';
  t.teardown(() => delete process.env.NODE_DEBUG);
  const log = await pingAndReadLog(makeRoot(t));
  t.match(log, /^PEAPOD:DAEMON \d+: GET \/v1\/ping 200$/m);
  delete process.env.NODE_DEBUG;
  t.equal(await pingAndReadLog(makeRoot(t)), '', 'and else nothing');
});

async function pingAndReadLog(root: string): Promise<string> {
  const engine = await connectEngine({ root, entry });
  await engine.ping();
  await engine.ping();
  await engine.close();
  return readFileSync(join(root, 'run/daemon.log'), 'utf8');
}

t.test('of commands that race to start a daemon all get the same one', async (t) => {
  const root = makeRoot(t);
  const engines = await Promise.all([1, 2, 3, 4, 5].map(() => connectEngine({ root, entry })));
  const pids = await Promise.all(engines.map(async (engine) => (await engine.ping()).pid));
  for (const engine of engines) await engine.close();
  t.equal(new Set(pids).size, 1, String(pids));
  for (let tries = 0; daemonsOf(root).length > 1 && tries < 600; tries++) await sleep(5);
  t.same(daemonsOf(root), [pids[0]], 'and the others are gone');
});

/** Processes that have the root, or a directory in it, on their command line. */
function daemonsOf(root: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => isAlive(pid) && commandLine(pid).some((word) => word.startsWith(root)));
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

t.test('a daemon killed with its socket left behind is replaced', async (t) => {
  const root = makeRoot(t);
  const first = await connectEngine({ root, entry });
  const { pid } = await first.ping();
  await end(pid, 'SIGKILL');
  await first.close();
  const second = await connectEngine({ root, entry });
  t.not((await second.ping()).pid, pid);
  await second.close();
});

t.test('commands that meet a daemon about to stop get it or the next one', async (t) => {
  const root = makeRoot(t);
  const first = await connectEngine({ root, entry });
  const { pid } = await first.ping();
  await first.close();
  process.kill(pid, 'SIGTERM');
  for (let turn = 0; turn < 5; turn++) await (await connectEngine({ root, entry })).close();
  while (isAlive(pid)) await sleep(5);
  const next = await connectEngine({ root, entry });
  t.not((await next.ping()).pid, pid);
  await next.close();
});

t.test('a program that holds the root and serves nobody is named', async (t) => {
  const root = makeRoot(t);
  mkdirSync(join(root, 'run'), { mode: 0o700 });
  const holder = spawn('flock', ['--no-fork', '-x', join(root, 'run/lock'), 'sleep', '60']);
  t.teardown(() => holder.kill());
  while (findLockHolder(join(root, 'run/lock')) === undefined) await sleep(5);
  t.same(findLockHolder(join(root, 'run/lock')), { pid: holder.pid, command: ['sleep', '60'] });
  await t.rejects(connectEngine({ root, entry }), {
    code: 'PEAPOD_ROOT_HELD',
    message: `Process ${holder.pid} holds "${join(root, 'run')}" and serves no socket`,
  });
});

t.test('a daemon that fails to start tells the user why', async (t) => {
  const root = makeRoot(t);
  process.env.PEAPOD_TEST_FAILURE = 'the disk is full';
  t.teardown(() => delete process.env.PEAPOD_TEST_FAILURE);
  await t.rejects(connectEngine({ root, entry }), {
    code: 'PEAPOD_DAEMON_UNREACHABLE',
    message: 'The daemon could not start: the disk is full',
    hint: `Its log is ${join(root, 'run/daemon.log')}`,
  });
});

t.test('without a script to start it with, a daemon that is not there is an error', async (t) => {
  await t.rejects(connectEngine({ root: scratchDirectory(t) }), { code: 'PEAPOD_DAEMON_UNREACHABLE' });
});

t.test('a root longer than a socket address is no matter', async (t) => {
  const root = join(makeRoot(t), 'x'.repeat(120));
  const engine = await connectEngine({ root, entry });
  const { pid } = await engine.ping();
  await engine.close();
  t.ok(pid > 0);
  await end(pid, 'SIGTERM');
});

t.test('a run path that is a file is an error, not a crash', async (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, 'run'), '');
  await t.rejects(connectEngine({ root, entry }), { message: /ENOTDIR|EEXIST/ });
});

t.test('a daemon inherits only what is its business', async (t) => {
  const env = {
    PATH: '/bin',
    HOME: '/root',
    NODE_OPTIONS: '--x',
    NODE_EXTRA_CA_CERTS: 'y',
    LD_PRELOAD: 'z',
    PEAPOD_X: '1',
    NODE_DEBUG: 'peapod:*',
  };
  t.same(cleanEnvironment(env), { PATH: '/bin', HOME: '/root', PEAPOD_X: '1', NODE_DEBUG: 'peapod:*' });
});
