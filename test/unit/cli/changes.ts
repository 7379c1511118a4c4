import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import { scratchDirectory } from '../../scratch.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

t.test('apply prints what was done on stdout and warnings on stderr', async (t) => {
  const engine = new FakeEngine();
  const ran = await runCli(['apply', '-f', '-', '--validate', 'warn'], { engine, stdin: 'kind: Pod\n' });
  t.same(ran, {
    code: 0,
    stdout: 'pod/web created\n',
    stderr: 'warning: spec.nodeName is ignored: it needs a cluster\n',
  });
  t.same(engine.calls[0], ['apply', 'kind: Pod\n', { validate: 'warn', dryRun: false, source: 'stdin' }]);
});

t.test('apply takes files and directories, and goes on after one that fails', async (t) => {
  const directory = scratchDirectory(t);
  mkdirSync(join(directory, 'd'));
  for (const [name, text] of [
    ['one.yaml', '1'],
    ['d/b.yml', 'b'],
    ['d/a.json', 'a'],
    ['d/readme.md', 'no'],
  ] as const)
    writeFileSync(join(directory, name), text);
  const engine = new FakeEngine();
  const args = ['play', '-f', join(directory, 'one.yaml'), '-f', join(directory, 'd')];
  t.match(await runCli(args, { engine }), { code: 0 });
  t.same(
    engine.calls.slice(0, 3).map(([, text]) => text),
    ['1', 'a', 'b'],
  );
  engine.failure = new PeapodError('PEAPOD_CONFLICT', 'no');
  t.match(await runCli(args, { engine }), { code: 1, stderr: 'error: no\n'.repeat(3) });
});

t.test('apply --wait returns when the pod is Ready', async (t) => {
  const engine = new FakeEngine();
  engine.put(webPod());
  t.match(await runCli(['apply', '-f', '-', '--wait'], { engine }), { code: 0 });
  engine.put({ ...webPod(), status: { phase: 'Pending' } });
  const late = await runCli(['apply', '-f', '-', '--wait', '--timeout', '30ms'], { engine });
  t.match(late, { code: 1, stderr: /Timed out/ });
});

t.test('delete takes names, all, and manifests', async (t) => {
  const deleted = async (args: string[], stdin = ''): Promise<string> => {
    const engine = new FakeEngine();
    engine.put(webPod());
    engine.put(webPod('db'));
    const { stdout, code } = await runCli(['delete', ...args], { engine, stdin });
    t.equal(code, 0, args.join(' '));
    return stdout;
  };
  t.equal(await deleted(['pod', 'web']), 'pod "web" deleted\n');
  t.equal(await deleted(['pod/web', 'pod/db']), 'pod "web" deleted\npod "db" deleted\n');
  t.equal(await deleted(['--wait', 'pod', 'web']), 'pod "web" deleted\n');
  t.equal(await deleted(['web', '--wait=false']), 'pod "web" deleted\n');
  t.equal(await deleted(['--all']), 'pod "web" deleted\npod "db" deleted\n');
  const manifest = 'kind: Pod\nmetadata: {name: db}\n---\nkind: ConfigMap\nmetadata: {name: web}\n---\n';
  t.equal(await deleted(['-f', '-'], manifest), 'pod "db" deleted\n');
});

t.test('delete passes on how, and fails on a pod that is not there', async (t) => {
  const engine = new FakeEngine();
  engine.put(webPod());
  await runCli(['delete', 'web', '--grace-period=0', '--force'], { engine });
  t.same(engine.calls[0], ['delete', 'web', { gracePeriodSeconds: 0, force: true }]);
  t.match(await runCli(['delete', 'web'], { engine }), { code: 1, stderr: /Cannot find pod "web"/ });
  const { stderr } = await runCli(['delete', 'web', 'db'], { engine });
  t.same(stderr.match(/Cannot find pod "\w+"/g)?.sort(), ['Cannot find pod "db"', 'Cannot find pod "web"']);
  t.match(await runCli(['delete', 'web', '--ignore-not-found'], { engine }), { code: 0, stdout: '' });
});

t.test('import makes paths absolute: the daemon has another directory', async (t) => {
  const engine = new FakeEngine();
  const args = ['import', '--change', 'CMD ["sh"]', '-c', 'USER 1', 'rootfs.tar', 'busybox'];
  t.match(await runCli(args, { engine }), {
    code: 0,
    stdout: 'docker.io/library/busybox:latest sha256:cd\n',
  });
  const changes = ['CMD ["sh"]', 'USER 1'];
  t.same(engine.calls[0], [
    'importImage',
    { path: join(process.cwd(), 'rootfs.tar'), name: 'busybox', changes },
  ]);
});
