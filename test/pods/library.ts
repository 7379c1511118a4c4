import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { daemonsOf } from './fixtures/daemon.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { builtLibrary, cleanEnvironment, projectRoot } from './fixtures/project.js';
import { until } from './fixtures/until.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

/** Bundles a program that imports 'peapod', the built library, and runs it on a root. */
async function runProgram(peapod: Peapod, entry: string, args: string[], input = '') {
  const outfile = join(peapod.root, 'program.mjs');
  const bundled = `--bundle --platform=node --format=esm --log-level=error --alias:peapod=${builtLibrary}`;
  const options = [...bundled.split(' '), `--external:${builtLibrary}`, `--outfile=${outfile}`];
  // A process of its own, which ends: the one behind esbuild's functions stays.
  await execa(join(projectRoot, 'node_modules/.bin/esbuild'), [entry, ...options]);
  const env = { ...cleanEnvironment(), PEAPOD_ROOT: peapod.root };
  return execa(process.execPath, [outfile, ...args], {
    env,
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    input,
  });
}

const embed = join(projectRoot, 'examples/embed.ts');

t.test('the library is the same engine without a daemon', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const manifest = join(peapod.root, 'pod.json');
    writeFileSync(manifest, JSON.stringify(pod('embedded', [script(idle)])));
    const command = ['sh', '-c', 'tr a-z A-Z; hostname; exit 5'];
    const { exitCode, stdout, stderr } = await runProgram(
      peapod,
      embed,
      [manifest, ...command],
      'from stdin\n',
    );
    t.same([exitCode, stdout, stderr], [5, 'FROM STDIN\nembedded', '']);
    t.same(daemonsOf(peapod.root), []);
    t.equal(await peapod.ok('get', 'pods', '-o', 'name'), '', 'the pod is gone');
    t.equal(daemonsOf(peapod.root).length, 1);

    const held = await runProgram(peapod, embed, [manifest, 'true']);
    t.not(held.exitCode, 0);
    t.match(held.stderr, /PEAPOD_ROOT_HELD/, 'a root that a daemon holds is refused');
    t.equal(await peapod.ok('get', 'pods', '-o', 'name'), '');
  });
});

/** Applies the manifest in its first argument, and lets go of the root while the pod runs. */
const applyAndLeave = `
import { open } from 'peapod';
const engine = await open({ root: process.env.PEAPOD_ROOT });
await engine.apply(JSON.parse(process.argv[2]));
for await (const { object } of engine.watch()) if (object.status?.phase === 'Running') break;
await engine.close();
`;

t.test('a pod of the library runs on after it, and a daemon takes it over', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const entry = join(peapod.root, 'leave.mjs');
    writeFileSync(entry, applyAndLeave);
    const { exitCode, stderr } = await runProgram(peapod, entry, [
      JSON.stringify(pod('left', [script(idle)])),
    ]);
    t.same([exitCode, stderr], [0, '']);
    await peapod.waitFor('left', 'condition=Ready');
    t.equal(await peapod.shell('left', 'hostname'), 'left');
    t.match(await peapod.ok('get', 'pods'), /left +1\/1 +Running +0 /, 'without a restart');
  });
});

/** Holds the root until its standard input ends. */
const holdRoot = `
import { open } from 'peapod';
const engine = await open({ root: process.env.PEAPOD_ROOT });
console.log('held');
process.stdin.resume().once('end', () => engine.close());
`;

t.test('a command on a root that a program holds says so', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const entry = join(peapod.root, 'hold.mjs');
    writeFileSync(entry, holdRoot.replace("'peapod'", JSON.stringify(builtLibrary)));
    const env = { ...cleanEnvironment(), PEAPOD_ROOT: peapod.root };
    const holder = execa(process.execPath, [entry], {
      env,
      extendEnv: false,
      reject: false,
      timeout: 60_000,
    });
    let isHeld = false;
    holder.stdout.on('data', () => {
      isHeld = true;
    });
    await until('the root is held', () => isHeld);
    const { status, stderr } = await peapod.run(['get', 'pods']);
    t.equal(status, 1);
    t.match(stderr, /holds ".*"[\s\S]*hint: /);
    holder.stdin.end();
    t.equal((await holder).exitCode, 0);
  });
});
