import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { describeProgress, ProgressPrinter } from '../../../src/cli/progress.js';
import { withSpooled } from '../../../src/cli/spool.js';
import { PeapodError } from '../../../src/errors.js';
import type { Progress } from '../../../src/image/install.js';
import { scratchDirectory } from '../../scratch.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';

const layer = { digest: `sha256:${'12'.repeat(32)}`, phase: 'downloading', current: 5, total: 10 } as const;
const pullFailure = new PeapodError('PEAPOD_IMAGE_MISSING', 'no such image', { hint: 'look' });

t.test('pull tells the layers that have come on stderr, and the image on stdout', async (t) => {
  const engine = new FakeEngine();
  engine.images.transfer = async ({ onProgress }) => {
    onProgress?.(layer);
    onProgress?.({ ...layer, phase: 'done', current: 10 });
    onProgress?.({ ...layer, phase: 'done', current: 10 });
  };
  const ran = await runCli(['pull', '--auth-file', 'auth.json', 'web'], { engine });
  t.same(ran, {
    code: 0,
    stdout: `web sha256:${'cd'.repeat(32)}\n`,
    stderr: 'Pulling web\n121212121212: Done\n',
  });
  t.same(engine.calls[0], ['pull', 'web', { authFile: join(process.cwd(), 'auth.json') }]);
  t.same(await runCli(['pull', '-q', 'web', 'db'], { engine }), { code: 0, stdout: 'web\ndb\n', stderr: '' });
});

t.test('pull goes on after an image that fails', async (t) => {
  const engine = new FakeEngine();
  let failures = 1;
  engine.images.failure = () => (failures-- > 0 ? pullFailure : undefined);
  t.same(await runCli(['pull', '-q', 'web', 'db'], { engine }), {
    code: 1,
    stdout: 'db\n',
    stderr: 'error: no such image\nhint: look\n',
  });
});

t.test('images are listed as Docker names them', async (t) => {
  const { stdout } = await runCli(['images']);
  t.match(stdout, /^REPOSITORY {3}TAG {6}IMAGE ID {7}CREATED {3}SIZE$/m);
  t.match(stdout, /^nginx {8}latest {3}abababababab {3}3d ago {4}188MB$/m);
  t.match((await runCli(['images', '--digests'])).stdout, /^nginx +latest +sha256:(cd){32} +abababababab/m);
  const engine = new FakeEngine();
  const [known] = await engine.images.list();
  engine.images.list = async () => (known === undefined ? [] : [{ ...known, digest: '' }]);
  t.match(
    (await runCli(['images', '--digests'], { engine })).stdout,
    /^nginx +latest +<none> +abababababab/m,
  );
  t.equal((await runCli(['images', '-q'])).stdout, 'abababababab\n');
  t.match(JSON.parse((await runCli(['images', '-o', 'json'])).stdout), [{ sizeBytes: 187_654_321 }]);
});

t.test('rmi, tag and load pass on what they are told', async (t) => {
  const engine = new FakeEngine();
  t.equal(
    (await runCli(['rmi', '-f', 'a', 'b'], { engine })).stdout,
    'image "a" removed\nimage "b" removed\n',
  );
  t.same(engine.calls[0], ['remove', ['a'], { force: true }]);
  t.match((await runCli(['tag', 'a', 'b'], { engine })).stdout, /^b sha256:/);
  t.match((await runCli(['load', '-i', 'a.tar', '--as', 'web'], { engine })).stdout, /nginx:latest sha256:/);
  t.same(engine.calls.at(-2), ['load', { path: join(process.cwd(), 'a.tar'), name: 'web' }]);
});

t.test('load keeps what comes on stdin in a file until it is loaded', async (t) => {
  const engine = new FakeEngine();
  const seen: string[] = [];
  engine.images.load = async ({ path }) => {
    seen.push(path, readFileSync(path, 'utf8'));
    return [];
  };
  t.match(await runCli(['load', '-i', '-'], { engine, stdin: 'an archive' }), { code: 0 });
  t.equal(seen[1], 'an archive');
  t.notOk(existsSync(seen[0] as string));
});

t.test('save writes all of an archive or nothing, and never to a terminal', async (t) => {
  const directory = scratchDirectory(t);
  const engine = new FakeEngine();
  const path = join(directory, 'a.tar');
  t.match(await runCli(['save', '-o', path, 'web', 'db'], { engine }), { code: 0, stdout: '' });
  t.equal(readFileSync(path).length, 100_003);
  t.same(engine.calls[0], ['save', ['web', 'db'], 'oci-archive']);
  t.equal((await runCli(['save', 'web'], { engine })).stdout.length, 100_003);
  t.match(await runCli(['save', 'web'], { engine, isTTY: true }), { code: 2, stderr: /terminal/ });
  engine.failure = pullFailure;
  t.match(await runCli(['save', '-o', join(directory, 'b.tar'), 'web'], { engine }), { code: 1 });
  t.same(readdirSync(directory), ['a.tar']);
});

t.test('save writes into what is no file, and follows a link to one', async (t) => {
  const directory = scratchDirectory(t);
  const [pipe, file, link] = ['pipe', 'file', 'link'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  execFileSync('mkfifo', [pipe]);
  const read = buffer(createReadStream(pipe));
  t.match(await runCli(['save', '-o', pipe, 'web']), { code: 0 });
  t.equal((await read).length, 100_003);
  t.ok(lstatSync(pipe).isFIFO());
  writeFileSync(file, '');
  symlinkSync(file, link);
  t.match(await runCli(['save', '-o', link, 'web']), { code: 0 });
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(readFileSync(file).length, 100_003);
  t.match(await runCli(['save', '-o', directory, 'web']), { code: 2, stderr: /EISDIR/ });
  t.same(readdirSync(directory).sort(), ['file', 'link', 'pipe']);
});

t.test('what came on stdin is gone when its reading is given up', async (t) => {
  const directory = join(scratchDirectory(t), 'tmp');
  mkdirSync(directory);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const controller = new AbortController();
  const stdin = new PassThrough();
  stdin.write('the beginning');
  const spooled = withSpooled(stdin, controller.signal, async () => t.fail('it is not whole'));
  const reason = new Error('given up');
  controller.abort(reason);
  await t.rejects(spooled, reason);
  t.same(readdirSync(directory), []);
});

t.test('image inspect prints a list, image check fails when something is damaged', async (t) => {
  const engine = new FakeEngine();
  t.match(JSON.parse((await runCli(['image', 'inspect', 'nginx'], { engine })).stdout), [
    { Architecture: 'amd64' },
  ]);
  const jsonpath = ['image', 'inspect', 'nginx', '-o', 'jsonpath={[0].Config.Cmd}'];
  t.equal((await runCli(jsonpath, { engine })).stdout, '["nginx"]');
  t.match(await runCli(['image', 'check'], { engine }), {
    code: 0,
    stdout: '',
    stderr: /3 blobs and 1 layers/,
  });
  engine.images.damage.push({
    kind: 'layer',
    digest: 'sha256:1',
    why: '"\x1b[31m": it differs',
    references: ['a'],
  });
  t.match(await runCli(['image', 'check'], { engine }), {
    code: 1,
    stdout: 'layer sha256:1 of a: "\\x1b[31m": it differs\n',
  });
});

t.test('names of images are completed', async (t) => {
  const complete = async (...words: string[]) => (await runCli(['__complete', '--', ...words])).stdout;
  t.equal(await complete('rmi', 'ng'), 'nginx\n');
  t.equal(await complete('image', 'inspect', ''), 'nginx\n');
  t.equal(await complete('image', ''), 'check\ninspect\n');
  t.equal(await complete('run', '--pull', ''), 'always\nmissing\nnever\n');
});

t.test('describeProgress: a bar that fits the terminal', async (t) => {
  t.equal(describeProgress(layer, 80), '121212121212: Downloading [============>           ] 5B/10B');
  t.equal(describeProgress(layer, 40), '121212121212: Downloading 5B/10B');
  t.equal(describeProgress({ ...layer, phase: 'exists' }), '121212121212: Already here');
  t.equal(describeProgress({ ...layer, total: 0 }), '121212121212: Downloading');
  t.match(describeProgress({ ...layer, current: 99 }), /\[={24}\] 10B\/10B$/);
});

t.test('on a terminal the lines are drawn over, no more of them than there is room for', async (t) => {
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 60, rows: 5 });
  const printer = new ProgressPrinter(output, { isQuiet: false });
  const many = (phase: Progress['phase']) => {
    for (let at = 0; at < 9; at++)
      printer.show({ ...layer, digest: `sha256:${at}`, phase: at < 4 ? 'done' : phase });
  };
  many('downloading');
  printer.end();
  const first = String(output.read());
  t.match(first, /4 of 9 layers are here\n$/);
  t.equal(first.split('\n').length, 5);
  many('done');
  printer.end();
  t.equal(String(output.read()), '\x1b[4A\r\x1b[J9 of 9 layers are here\n');
  printer.end();
  t.equal(output.read(), null);
});
