import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';

t.test("the command's own flags are its own", async (t) => {
  const lines: [string[], { command: string[]; container?: string; stdin?: boolean }][] = [
    [['web', '--', 'ls', '-l'], { command: ['ls', '-l'] }],
    [['web', 'ls', '-l', '--root', 'x', '-c', 'y'], { command: ['ls', '-l', '--root', 'x', '-c', 'y'] }],
    [['web', '-c', 'nginx', '--', 'sh'], { command: ['sh'], container: 'nginx' }],
    [
      ['-ic', 'nginx', 'web', 'sh', '-c', 'id'],
      { command: ['sh', '-c', 'id'], container: 'nginx', stdin: true },
    ],
    [['--container=nginx', 'web', 'sh'], { command: ['sh'], container: 'nginx' }],
    [['web', '-i', 'cat', '--', '-x'], { command: ['cat', '--', '-x'], stdin: true }],
    [['web', '-e', 'A=b', '-e', 'C=d', 'env'], { command: ['env'] }],
  ];
  for (const [args, expected] of lines) {
    const engine = new FakeEngine();
    engine.session.finish('', '', { kind: 'exited', status: 0 });
    const { code, stderr } = await runCli(['exec', ...args], { engine });
    t.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    t.match(engine.calls[0], ['exec', 'web', expected]);
  }
});

t.test('output and exit code are passed on', async (t) => {
  const engine = new FakeEngine();
  engine.session.finish('out', 'err', { kind: 'signaled', signal: 9 });
  t.same(await runCli(['exec', 'web', '--', 'x'], { engine }), { code: 137, stdout: 'out', stderr: 'err' });
});

t.test('stdin is passed on only when asked for', async (t) => {
  const engine = new FakeEngine();
  engine.session.stdin.setEncoding('utf8');
  const received: string[] = [];
  engine.session.stdin.on('data', (text: string) => received.push(text));
  engine.session.stdin.on('end', () => engine.session.finish('', '', { kind: 'exited', status: 4 }));
  t.match(await runCli(['exec', '-i', 'web', 'cat'], { engine, stdin: 'hello' }), { code: 4 });
  t.equal(received.join(''), 'hello');
});

t.test('a command that did not start has a code of its own', async (t) => {
  const codes: [Error, number][] = [
    [new PeapodError('PEAPOD_LAUNCH_FAILED', 'x', { details: { errno: 2 } }), 127],
    [new PeapodError('PEAPOD_LAUNCH_FAILED', 'x', { details: { errno: 13 } }), 126],
    [new PeapodError('PEAPOD_LAUNCH_FAILED', 'x', { details: { errno: 8 } }), 126],
    [new PeapodError('PEAPOD_LAUNCH_FAILED', 'x', { details: { errno: 12 } }), 125],
    [new PeapodError('PEAPOD_LAUNCH_FAILED', 'x', { details: { errno: 2, op: 'setCwd' } }), 125],
    [new PeapodError('PEAPOD_CONTAINER_NOT_RUNNING', 'x'), 125],
    [new Error('x'), 125],
  ];
  for (const [failure, expected] of codes) {
    const engine = new FakeEngine();
    engine.failure = failure;
    t.equal((await runCli(['exec', 'web', 'x'], { engine })).code, expected);
  }
});

t.test('an exit status nobody knows is a failure of ours, not a code of the program', async (t) => {
  const engine = new FakeEngine();
  engine.session.finish('', '', { kind: 'unknown', reason: 'the monitor is gone' });
  t.match(await runCli(['exec', 'web', 'x'], { engine }), { code: 125, stderr: /the monitor is gone/ });
});

t.test('a terminal that is none is said so and not asked for', async (t) => {
  const engine = new FakeEngine();
  engine.session.finish('', '', { kind: 'exited', status: 0 });
  const { stderr } = await runCli(['exec', '-it', 'web', 'sh'], { engine });
  t.match(stderr, /stdin is not a terminal/);
  t.match(engine.calls[0], ['exec', 'web', { tty: false, stdin: true }]);
});

t.test('attach passes on how the container ended', async (t) => {
  const engine = new FakeEngine();
  engine.session.finish('out', '', { kind: 'exited', status: 5 });
  t.match(await runCli(['attach', 'web', '-c', 'nginx'], { engine }), { code: 5, stdout: 'out' });
  t.match(engine.calls[0], ['attach', 'web', { container: 'nginx', stdin: false }]);
});
