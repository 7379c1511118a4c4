import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Container } from '../../src/container/container.js';
import { execInContainer } from '../../src/container/exec.js';
import type { ProcessSpec } from '../../src/container/spec.js';
import { defaultCapabilities } from '../../src/pod/capabilities.js';
import { requires } from '../scratch.js';
import { exec, finish, shell, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');
const readStatus = 'cat /proc/self/status';
const none = '0000000000000000';

/** `Name: value` lines of a status file. */
function parseStatus(text: string): Record<string, string> {
  const rows = text.split('\n').filter((line) => line.includes(':'));
  return Object.fromEntries(rows.map((line) => line.split(/:\s*/, 2)));
}

function parentOf(pid: number): string {
  return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8')).PPid ?? '';
}

/** Of the monitor's record, which is written a moment after the start is told. */
async function pidOf(container: Container): Promise<number> {
  for (let tries = 0; tries < 100 && !existsSync(container.paths.started); tries++) await sleep(10);
  return JSON.parse(readFileSync(container.paths.started, 'utf8')).pid;
}

t.test('a fresh container has default signals and an empty mask, seen from the host', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    // A program that handles no signal of its own, unlike a shell.
    const container = await pod.start('web', { ...shell(''), argv: ['sleep', '1000'] });
    const status = parseStatus(readFileSync(`/proc/${await pidOf(container)}/status`, 'utf8'));
    t.match(status, { SigIgn: none, SigBlk: none, SigCgt: none });
    const entered = await exec(container, { ...shell(''), argv: ['cat', '/proc/self/status'] });
    t.match(parseStatus(entered.stdout), { SigIgn: none, SigBlk: none, SigCgt: none });
  });
});

t.test('a process finds descriptors 0, 1 and 2 and no other', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const list = shell('ls /proc/self/fd');
    // The fourth is the directory that ls itself reads.
    t.equal(await pod.run('first', list), '0\n1\n2\n3\n');
    const container = await pod.start('web', shell('sleep 1000'));
    t.equal((await exec(container, list)).stdout, '0\n1\n2\n3\n');
  });
});

t.test(
  'pause has three streams on /dev/null, no privilege, and a root of the pod only',
  { skip },
  async (t) => {
    const memory = { memoryVolumes: [{ name: 'cache', sizeBytes: 1 << 20 }] };
    await withPod(t, memory, async ({ sandbox }) => {
      const proc = `/proc/${sandbox?.record.pid}`;
      const fds = readdirSync(`${proc}/fd`);
      t.same(fds, ['0', '1', '2']);
      t.ok(fds.every((fd) => readlinkSync(`${proc}/fd/${fd}`) === '/dev/null'));
      // By itself, a moment after it was executed.
      const given = { CapEff: none, CapPrm: none, CapBnd: none, CapInh: none, NoNewPrivs: '1' };
      const status = () => parseStatus(readFileSync(`${proc}/status`, 'utf8'));
      for (let tries = 0; tries < 100 && status().CapBnd !== none; tries++) await sleep(10);
      t.match(status(), given);
      t.same(readdirSync(`${proc}/root`).sort(), ['r', 'shm', 'volumes']);
      t.throws(() => execFileSync('touch', [`${proc}/root/x`], { stdio: 'pipe' }), /Read-only/);
      t.equal(readFileSync(`${proc}/cmdline`, 'utf8'), '/pause\0');
    });
  },
);

t.test('an exec has no capability that its container has not', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const host = await pod.start('host', shell('sleep 1000'));
    const more = shell('true', { capabilities: [...defaultCapabilities, 'NET_ADMIN'] });
    await t.rejects(exec(host, more), {
      code: 'PEAPOD_LAUNCH_FAILED',
      message: /limit the capability bounding set.*EPERM/,
      hint: /at most the capabilities that the container was started with/,
    });
    const fewer = shell(readStatus, { capabilities: ['KILL'] });
    t.match(parseStatus((await exec(host, fewer)).stdout), { CapBnd: '0000000000000020' });
  });
});

t.test('a monitor holds no file system of its container', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const container = await pod.start('web', shell('sleep 1000'));
    const fds = `/proc/${parentOf(await pidOf(container))}/fd`;
    const held = readdirSync(fds).map((fd) => readlinkSync(`${fds}/${fd}`));
    t.same(
      held.filter((target) => /fscontext|^\/$|^\/dev\/?$/.test(target)),
      [],
    );
  });
});

interface Row {
  readonly what: string;
  readonly over: Partial<ProcessSpec>;
  readonly held: string;
  readonly bounding: string;
}

const user = { uid: 1000, gid: 1000, additionalGids: [] };
const root = { uid: 0, gid: 0, additionalGids: [] };
const rows: readonly Row[] = [
  { what: 'root, default', over: { user: root }, held: '00000000000005fb', bounding: '00000000000005fb' },
  { what: 'uid 1000, default', over: { user }, held: none, bounding: '00000000000005fb' },
  {
    what: 'root, NET_ADMIN added',
    over: { user: root, capabilities: [...defaultCapabilities, 'NET_ADMIN'] },
    held: '00000000000015fb',
    bounding: '00000000000015fb',
  },
  {
    what: 'uid 1000, NET_ADMIN added',
    over: { user, capabilities: [...defaultCapabilities, 'NET_ADMIN'] },
    held: none,
    bounding: '00000000000015fb',
  },
  { what: 'root, ALL dropped', over: { user: root, capabilities: [] }, held: none, bounding: none },
  { what: 'uid 1000, ALL dropped', over: { user, capabilities: [] }, held: none, bounding: none },
];

t.test('capabilities are the same by start and by exec, for every user and set', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    for (const [index, { what, over, held, bounding }] of rows.entries()) {
      const wanted = { CapInh: none, CapPrm: held, CapEff: held, CapBnd: bounding, CapAmb: none };
      const process = shell(readStatus, over);
      t.match(parseStatus(await pod.run(`c${index}`, process)), wanted, `start: ${what}`);
      const host = await pod.start(`host${index}`, shell('sleep 1000', over));
      t.match(parseStatus((await exec(host, process)).stdout), wanted, `exec: ${what}`);
      const monitor = readFileSync(`/proc/${parentOf(await pidOf(host))}/status`, 'utf8');
      t.match(parseStatus(monitor), { CapBnd: bounding }, `its monitor: ${what}`);
    }
  });
});

t.test('a capability we do not hold is not given, and nothing fails', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const held = BigInt(`0x${parseStatus(readFileSync('/proc/self/status', 'utf8')).CapBnd}`);
    const sysResource = 1n << 24n;
    const capabilities = [...defaultCapabilities, 'SYS_RESOURCE'];
    const status = parseStatus(await pod.run('web', shell(readStatus, { capabilities })));
    t.equal((BigInt(`0x${status.CapBnd}`) & sysResource) !== 0n, (held & sysResource) !== 0n);
  });
});

t.test('user, groups and new privileges are what was asked, and nothing else', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const over = { user: { uid: 7, gid: 8, additionalGids: [9, 4_000_000_000] } };
    const status = parseStatus(await pod.run('one', shell(readStatus, over)));
    t.equal(status.Uid, '7\t7\t7\t7');
    t.equal(status.Gid, '8\t8\t8\t8');
    t.equal(status.Groups?.trim(), '9 4000000000');
    t.equal(status.NoNewPrivs, '1');
    const open = parseStatus(await pod.run('two', shell(readStatus, { noNewPrivileges: false })));
    t.equal(open.NoNewPrivs, '0');
    t.equal(open.Groups?.trim(), '', 'the engine has groups, its containers do not');
  });
});

t.test('a user other than root may reopen its own standard output', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const text = await pod.run(
      'web',
      shell('echo to-stdout > /dev/stdout; echo to-stderr > /dev/stderr', { user }),
    );
    t.equal(text, 'to-stdout\nto-stderr\n');
  });
});

t.test('limits are set, and clamped to what we hold', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const rlimits = { nofile: { soft: 1024, hard: 1 << 30 }, core: { soft: 0, hard: 0 } };
    const limits = await pod.run('web', shell('cat /proc/self/limits', { rlimits }));
    const [, soft, hard] = /Max open files\s+(\d+)\s+(\d+)/.exec(limits) ?? [];
    t.equal(soft, '1024');
    t.ok(Number(hard) <= 1 << 30 && Number(hard) >= 1024, `hard limit ${hard}`);
    t.match(limits, /Max core file size\s+0\s+0/);
  });
});

t.test('the environment is what was given, nothing of ours', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const env = ['PATH=/bin', 'ONE=1', 'SPACE= a b '];
    const text = await pod.run('web', { ...shell(''), argv: ['env'], env });
    t.same(text.trimEnd().split('\n').sort(), [...env].map((entry) => entry.trimEnd()).sort());
  });
});

t.test('the working directory is made, and cannot lead out of the container', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    t.equal(await pod.run('one', shell('pwd', { cwd: '/made/here' })), '/made/here\n');
    const host = await pod.start('host', shell('sleep 1000'));
    for (let fd = 3; fd < 16; fd++) {
      const cwd = `/proc/self/fd/${fd}`;
      await t.rejects(
        pod.start(`fd${fd}`, shell('pwd', { cwd })),
        { code: 'PEAPOD_LAUNCH_FAILED' },
        `start: ${cwd}`,
      );
      await t.rejects(exec(host, shell('pwd', { cwd })), { code: 'PEAPOD_LAUNCH_FAILED' }, `exec: ${cwd}`);
    }
  });
});

t.test('a command that is not there, or cannot be run, is an error with its errno', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const missing = { ...shell(''), argv: ['no-such-command'] };
    const notExecutable = { ...shell(''), argv: ['/proc/self/status'] };
    const host = await pod.start('host', shell('sleep 1000'));
    for (const [process, errno] of [
      [missing, 2],
      [notExecutable, 13],
    ] as const) {
      const wanted = { code: 'PEAPOD_LAUNCH_FAILED', details: { errno } };
      await t.rejects(pod.start('web', process), wanted);
      await t.rejects(exec(host, process), wanted);
    }
  });
});

t.test('each container has its own terminal, and the size it is given', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const container = await pod.start('tty', shell('sleep 1000', { terminal: true }));
    const script = 'tty; test -t 0 && echo input; sleep 0.2; stty size; ls -l /dev/console';
    const session = await execInContainer(container, shell(script, { terminal: true }), {
      stdin: true,
      size: { rows: 33, columns: 111 },
    });
    const { stdout } = await finish(session);
    t.match(stdout, /^\/dev\/pts\/1\r\n/, 'a second terminal beside that of the container');
    t.match(stdout, /input\r\n33 111\r\n/);
    t.match(stdout, /\/dev\/console -> pts\/0/);
  });
});
