import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { buildRunManifest } from '../../../src/cli/run-manifest.js';
import { PeapodError } from '../../../src/errors.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';

function missing(): PeapodError {
  return new PeapodError('PEAPOD_IMAGE_MISSING', 'not here');
}

t.test('buildRunManifest: a pod of one container', async (t) => {
  const words = {
    ...{
      rm: true,
      stdin: true,
      tty: true,
      net: 'none',
      user: 'www:adm',
      workdir: '/srv',
      entrypoint: '/bin/sh',
    },
    env: ['A=1=2', 'HOME', 'UNSET', 'B=$(A)'],
  };
  const target = { image: 'registry.example/web/Nginx_x:1', command: ['-c', 'echo $(A) $$'] };
  const { metadata, spec } = buildRunManifest(target, words, { HOME: '/root' });
  t.match(metadata?.name, /^inx-x-[a-z0-9]{5}$|^ginx-x-[a-z0-9]{5}$/);
  t.same(metadata?.annotations, {
    'peapod.dev/network': 'none',
    'peapod.dev/remove-when-done': 'true',
    'peapod.dev/user': 'www:adm',
  });
  t.same(spec, {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name: 'main',
        image: 'registry.example/web/Nginx_x:1',
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/sh'],
        args: ['-c', 'echo $$(A) $$$$'],
        env: [
          { name: 'A', value: '1=2' },
          { name: 'HOME', value: '/root' },
          { name: 'B', value: '$$(A)' },
        ],
        workingDir: '/srv',
        stdin: true,
        stdinOnce: true,
        tty: true,
      },
    ],
  });
  const plain = buildRunManifest({ image: 'alpine', command: [] }, { net: 'host', name: 'a' }, {});
  t.match(plain, { metadata: { name: 'a' }, spec: { hostNetwork: true } });
  const bare = buildRunManifest({ image: 'alpine', command: ['ls', '/'] }, { entrypoint: '' }, {});
  t.same([bare.spec?.containers[0]?.command, bare.spec?.containers[0]?.args], [['ls', '/'], undefined]);
  t.throws(() => buildRunManifest({ image: 'alpine', command: [] }, { entrypoint: '' }, {}), {
    code: 'PEAPOD_USAGE',
  });
  t.throws(() => buildRunManifest(target, { net: 'bridge' }, {}), { code: 'PEAPOD_USAGE' });
  t.throws(() => buildRunManifest(target, { env: ['=1'] }, {}), { code: 'PEAPOD_USAGE' });
});

t.test('run passes output and exit code on, and leaves the flags of the command alone', async (t) => {
  const engine = new FakeEngine();
  setImmediate(() => engine.session.finish('hi\n', 'oh\n', { kind: 'signaled', signal: 15 }));
  const ran = await runCli(['run', '--rm', 'alpine', 'sh', '-c', 'x', '--rm'], { engine });
  t.same(ran, { code: 143, stdout: 'hi\n', stderr: 'oh\n' });
  const [, manifest, options] = engine.calls[0] as [string, Pod, object];
  t.same(manifest.spec?.containers[0]?.args, ['sh', '-c', 'x', '--rm']);
  t.same(options, { stdin: false });
});

t.test('run: all that follows the image is the command', async (t) => {
  const argsOf = async (...words: string[]) => {
    const engine = new FakeEngine();
    engine.failure = new Error('enough');
    await runCli(['run', ...words], { engine });
    const [, manifest] = engine.calls[0] as [string, Pod];
    return manifest.spec?.containers[0]?.args;
  };
  t.same(await argsOf('--net', 'none', 'alpine', '-c', 'x'), ['-c', 'x']);
  t.same(await argsOf('alpine', '--', '--rm'), ['--rm']);
  t.same(await argsOf('-e', 'A', '--', 'alpine', '-x'), ['-x']);
  t.same(await argsOf('alpine'), undefined);
});

t.test('run pulls an image that is missing, unless it must not', async (t) => {
  const engine = new FakeEngine();
  let runs = 0;
  const { session } = engine;
  engine.run = async () => {
    if (++runs === 1) throw missing();
    session.finish('hi\n', '', { kind: 'exited', status: 0 });
    return session;
  };
  t.same(await runCli(['run', 'alpine'], { engine }), {
    code: 0,
    stdout: 'hi\n',
    stderr: 'Pulling alpine\n',
  });
  runs = 0;
  t.match(await runCli(['run', '--pull', 'never', 'alpine'], { engine }), { code: 125, stderr: /not here/ });
});

t.test('run: a program that is missing is 127, one that is none 126, and our own failures 125', async (t) => {
  const codeOf = async (error: Error) => {
    const engine = new FakeEngine();
    engine.failure = error;
    return (await runCli(['run', 'alpine', 'x'], { engine })).code;
  };
  const failed = (errno: number) =>
    new PeapodError('PEAPOD_LAUNCH_FAILED', 'no', { details: { errno, op: 'exec' } });
  t.equal(await codeOf(failed(2)), 127);
  t.equal(await codeOf(failed(13)), 126);
  t.equal(await codeOf(new PeapodError('PEAPOD_CONFLICT', 'no')), 125);
});

t.test('run -d prints the name of the pod', async (t) => {
  const engine = new FakeEngine();
  t.same(await runCli(['run', '-d', '--name', 'web', 'nginx'], { engine }), {
    code: 0,
    stdout: 'web\n',
    stderr: '',
  });
  t.equal(engine.calls[0]?.[0], 'apply');
  engine.put({ metadata: { name: 'web' } });
  t.match(await runCli(['run', '-d', '--name', 'web', 'nginx'], { engine }), {
    code: 125,
    stdout: '',
    stderr: /"web": there is one already/,
  });
  t.equal(engine.calls.filter(([name]) => name === 'apply').length, 1);
});

t.test('run -d --pull never: the pod does not pull either', async (t) => {
  const engine = new FakeEngine();
  await runCli(['run', '-d', '--pull', 'never', 'nginx'], { engine });
  t.match(engine.calls[0], ['apply', { spec: { containers: [{ imagePullPolicy: 'Never' }] } }]);
});

t.test('run: a file of credentials is named for a daemon that works elsewhere', async (t) => {
  const engine = new FakeEngine();
  engine.failure = new Error('enough');
  await runCli(['run', '--pull', 'always', '--auth-file', 'auth.json', 'nginx'], { engine });
  t.same(engine.calls[0], ['pull', 'nginx', { authFile: join(process.cwd(), 'auth.json') }]);
});
