// npm start: a first pod from its manifest to its end, with an engine and a state directory of its own.
// Nothing of it is left afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot, quickEnv, run } from './run.mjs';
import { setup } from './setup.mjs';

const program = join(projectRoot, 'dist/peapod.js');
const manifest = 'examples/first-pod.yaml';
const daemonStartMs = 10_000;

/** What is in /proc of the reader: the processes of the whole pod, with /pause as the first. */
const listProcesses = 'for f in /proc/[0-9]*/comm; do echo "$f `cat $f`"; done 2>/dev/null';

const commands = [
  ['apply', '-f', manifest],
  ['wait', '--for=condition=Ready', 'first-pod', '--timeout=30s'],
  ['get', 'pods'],
  ['exec', 'first-pod', '-c', 'reader', '--', 'sh', '-c', listProcesses],
  ['logs', 'first-pod', '-c', 'reader', '--tail', '3'],
];

if (process.getuid() !== 0) {
  console.error('peapod makes namespaces, mounts and cgroups, and needs root for it: sudo npm start');
  process.exit(1);
}
// Ctrl-C ends the command that runs; what was made is still taken down.
process.on('SIGINT', () => {});
try {
  await setup();
  process.exitCode = await demonstrate();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function demonstrate() {
  const root = await mkdtemp(join(tmpdir(), 'peapod-start-'));
  const env = { ...quickEnv(), PEAPOD_ROOT: root };
  const daemon = await startDaemon(root, env);
  try {
    return (await runAll(env)) | (await peapod(['delete', 'pod', 'first-pod'], env));
  } finally {
    await stopDaemon(daemon);
    await rm(root, { recursive: true, force: true });
  }
}

async function runAll(env) {
  for (const args of commands) {
    if ((await peapod(args, env)) !== 0) return 1;
  }
  return 0;
}

/** Shows a command as one would type it, runs it, and returns 0 or 1. */
async function peapod(args, env) {
  console.log(`$ peapod ${args.map(quoted).join(' ')}`);
  const { status } = await run(process.execPath, [program, ...args], { env });
  return status === 0 ? 0 : 1;
}

function quoted(word) {
  return /^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Commands would start an engine on demand; this one is a child, so that it can be ended, and in a process group
 * of its own, so that Ctrl-C does not end it before the pod.
 */
async function startDaemon(root, env) {
  const options = { env, detached: true, stdio: ['ignore', 'ignore', 'inherit'] };
  const child = spawn(process.execPath, [program, 'serve', '--foreground'], options);
  const deadline = Date.now() + daemonStartMs;
  while (!existsSync(join(root, 'run/peapod.sock'))) {
    if (child.exitCode !== null) throw new Error(`peapod serve ended with status ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error('peapod serve did not open its socket within 10 s');
    await sleep(20);
  }
  return child;
}

async function stopDaemon(child) {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
