import t from 'tap';
import { daemonsOf } from './fixtures/daemon.js';
import { Follower } from './fixtures/follow.js';
import { busybox } from './fixtures/images.js';
import type { Peapod } from './fixtures/peapod.js';
import { until } from './fixtures/until.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

async function isEmpty(peapod: Peapod): Promise<boolean> {
  return (await peapod.ok('get', 'pods', '-o', 'name')) === '';
}

t.test('run prints all that a program writes, and exits as it does', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const run = (...words: string[]) => peapod.run(['run', '--rm', ...words]);
    for (let time = 0; time < 5; time++) {
      t.same(await run(busybox, 'echo', 'hi'), { status: 0, stdout: 'hi', stderr: '' });
    }
    t.same(await run(busybox, 'sh', '-c', 'echo out; echo err >&2; exit 7'), {
      status: 7,
      stdout: 'out',
      stderr: 'err',
    });
    const large = await run(busybox, 'sh', '-c', 'yes 0123456789abcde | head -n 200000');
    t.equal(large.stdout.length, 200_000 * 16 - 1);
    // 84 MB of log, far more than is kept of one that nobody waits for.
    const short = await run(busybox, 'sh', '-c', 'yes | head -n 2000000');
    t.same([short.stdout.length, short.stderr], [2_000_000 * 2 - 1, '']);
    t.match(await run(busybox, 'sh', '-c', 'kill -TERM $$'), { status: 0 }, 'as init it has no such default');
    t.match(await run(busybox, '/no/such'), { status: 127, stderr: /ENOENT/ });
    t.match(await run(busybox, '/etc/passwd'), { status: 126, stderr: /EACCES/ });
    t.match(await run('--pull', 'never', 'no/such'), { status: 125, stderr: /not in the store/ });
    t.match(await run('--no-such-option', busybox), { status: 2 });
    t.ok(await isEmpty(peapod));
  });
});

t.test('run passes input, variables, the user and the directory', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const typed = await peapod.run(['run', '--rm', '-i', busybox, 'cat'], { input: 'a\nb' });
    t.same(typed, { status: 0, stdout: 'a\nb', stderr: '' });
    const script = 'id -u; id -g; pwd; echo "$A"; ls /sys/class/net';
    const options = ['-u', '33:44', '-w', '/tmp', '-e', 'A=$(B) $$', '--net', 'none', '--entrypoint', 'sh'];
    const told = await peapod.ok('run', '--rm', ...options, busybox, '-c', script);
    t.same(told.split('\n'), ['33', '44', '/tmp', '$(B) $$', 'lo']);
    t.equal(await peapod.ok('run', '-d', '--name', 'left', busybox, 'sh', '-c', 'exit 3'), 'left');
    await peapod.ok('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/left', '--timeout=30s');
    t.match(await peapod.run(['run', '--name', 'left', busybox]), {
      status: 125,
      stderr: /there is one already/,
    });
  });
});

t.test('Ctrl-C is passed on, and kills what does not mind it', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const minds = new Follower(
      peapod.start([
        'run',
        '--rm',
        busybox,
        'sh',
        '-c',
        'trap "echo told; exit 5" INT; echo on; while :; do sleep 0.05; done',
      ]),
    );
    await minds.sees(/on\n/);
    minds.process.kill('SIGINT');
    await minds.sees(/told\n/);
    t.match(await minds.process, { exitCode: 5 });
    const stubborn = new Follower(
      peapod.start(['run', '--rm', busybox, 'sh', '-c', 'trap "" INT; echo on; sleep 1000']),
    );
    await stubborn.sees(/on\n/);
    stubborn.process.kill('SIGINT');
    const ended = Promise.resolve(stubborn.process);
    await until('the second one kills it', async () => {
      stubborn.process.kill('SIGINT');
      return Promise.race([
        ended.then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 100, false)),
      ]);
    });
    t.match(await ended, { exitCode: 137 });
    t.ok(await isEmpty(peapod));
  });
});

t.test('run --rm leaves nothing when its client is killed, nor when the daemon is', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const follower = new Follower(
      peapod.start(['run', '--rm', '--name', 'web', busybox, 'sh', '-c', 'echo on; sleep 2']),
    );
    await follower.sees(/on\n/);
    follower.process.kill('SIGKILL');
    t.equal(await peapod.ok('get', 'pods', '-o', 'name'), 'pod/web', 'it runs on');
    for (const pid of daemonsOf(peapod.root)) process.kill(pid, 'SIGKILL');
    await until('it is removed at its end', () => isEmpty(peapod));
  });
});

t.test('run -t has a terminal from its first byte on', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    for (let time = 0; time < 5; time++) {
      const { stdout, status } = await peapod.run([
        'run',
        '--rm',
        '-t',
        busybox,
        'sh',
        '-c',
        'test -t 1 && echo a terminal',
      ]);
      t.same({ stdout: stdout.trim(), status }, { stdout: 'a terminal', status: 0 });
    }
  });
});
