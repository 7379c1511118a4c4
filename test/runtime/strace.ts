import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type StepOp, stepSchema } from '../../src/kernel/plan/schema.js';
import { requires, scratchDirectory } from '../scratch.js';
import { bundleFixture } from './fixtures/bundle.js';

const skip = requires('root', 'cgroup2', 'overlay', 'strace');

/** One system call of a trace: who made it, which, and its line. */
interface Call {
  readonly pid: number;
  readonly name: string;
  readonly line: string;
}

/** `strace -f -o` lines; a call that another process interrupted counts where it began. */
function parseTrace(text: string): Call[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+) +([a-z_0-9]+)\(/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), name: match[2] ?? '', line }];
  });
}

/** The pid a clone3 answered, wherever strace says so. */
function clonedBy(text: string, pid: number, nth: number): number {
  const answers = text
    .split('\n')
    .filter((line) => new RegExp(`^${pid} +(clone3\\(|<... clone3 resumed>)`).test(line))
    .flatMap((line) => /= (\d+)$/.exec(line)?.[1] ?? []);
  return Number(answers[nth]);
}

/** What a process called from its birth to its execve, the last call included, or to its end. */
function callsToExec(calls: readonly Call[], pid: number): string[] {
  const own = calls.filter((call) => call.pid === pid).map(({ name }) => name);
  const end = own.findIndex((name) => name === 'execve' || name === 'exit_group');
  return own.slice(0, end + 1);
}

/** A step's system calls as a pattern over names, each followed by a space. */
function pattern(op: StepOp): string {
  return stepSchema[op].syscalls
    .map((call) => call.replace(/^(.*?)([?*]?)$/, (_, names, many) => `(?:(?:${names}) )${many}`))
    .join('');
}

async function traceStart(
  root: string,
  pid: string,
): Promise<{ text: string; join: StepOp[]; child: StepOp[] }> {
  const script = await bundleFixture('start-one', root);
  const trace = join(root, 'trace');
  const command = [
    '-u',
    'NODE_OPTIONS',
    'strace',
    '-f',
    '-o',
    trace,
    process.execPath,
    script,
    join(root, 'r'),
    pid,
  ];
  const plan = JSON.parse(execFileSync('/usr/bin/env', command, { encoding: 'utf8', timeout: 60_000 }));
  return { text: readFileSync(trace, 'utf8'), ...plan };
}

for (const pid of ['pod', 'container', 'host']) {
  t.test(`strace shows the plan's steps and nothing else, PID namespace: ${pid}`, { skip }, async (t) => {
    const { text, join: joinOps, child } = await traceStart(scratchDirectory(t), pid);
    const calls = parseTrace(text);
    const execs = calls.filter(({ name, line }) => name === 'execveat' && line.includes('peapod-monitor'));
    // Another one was made ahead, and launched nothing.
    const used = execs.filter(({ pid }) => calls.some((call) => call.pid === pid && call.name === 'clone3'));
    t.equal(used.length, 1, 'one monitor was used');
    const monitor = used[0]?.pid ?? 0;
    let first = clonedBy(text, monitor, 0);
    if (joinOps.length > 0) {
      const report = 'clone3 write exit_group ';
      t.match(
        `${callsToExec(calls, first).join(' ')} `,
        new RegExp(`^${joinOps.map(pattern).join('')}${report}$`),
      );
      first = clonedBy(text, first, 0);
    }
    const steps = child.slice(0, -1).map(pattern).join('');
    const made = `${callsToExec(calls, first).join(' ')} `;
    t.match(made, new RegExp(`^${steps}write ${pattern('exec')}$`), 'the report of what comes, then execve');
    t.ok(
      made.split(' ').length > child.length - 5,
      `${made.split(' ').length} calls for ${child.length} steps`,
    );
  });
}
