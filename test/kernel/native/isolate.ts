import { execFileSync } from 'node:child_process';
import t from 'tap';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import { packageRoot } from '../../../src/native/binding.js';
import { tinyPlan } from '../../tiny-plan.js';

const wire = encodePlan(tinyPlan({ command: ['/bin/true'] })).toString('hex');

const load = `
  const native = require(${JSON.stringify(`${packageRoot()}/node_modules/node-gyp-build`)})(${JSON.stringify(packageRoot())});
  const wire = Buffer.from('${wire}', 'hex');
  const launch = () => native.launch(wire, [], { trace: false });
`;

/** Runs a program in a Node of its own, without tap's hooks; it must end by itself. Returns what it prints. */
function run(program: string): string {
  const args = ['-u', 'NODE_OPTIONS', process.execPath, '-e', load + program];
  return execFileSync('/usr/bin/env', args, { timeout: 20_000, encoding: 'utf8' });
}

t.test('addon: a process ends when nothing is under way', async (t) => {
  t.equal(run(`launch().then(({ pid }) => console.log(pid > 0))`), 'true\n');
  t.equal(run(`launch(); process.exit()`), '', 'even with a launch nobody waits for');
  t.equal(run(`native.openNetlink(0, -1).then((fd) => console.log(fd > 2))`), 'true\n');
});

t.test("addon: a watcher keeps the process alive until it is unref'd", async (t) => {
  const watch = `const [reader, writer] = native.pipe(); const watcher = native.watch(reader, 1, () => {});`;
  t.equal(run(`${watch} watcher.unref(); console.log('done')`), 'done\n');
  t.equal(run(`${watch} setTimeout(() => { console.log('later'); watcher.close() }, 50)`), 'later\n');
});

t.test("addon: an exception of a watcher's callback is uncaught, not lost", async (t) => {
  const program = `
    process.on('uncaughtException', (error) => { console.log(error.message); process.exit() });
    const [reader, writer] = native.pipe();
    native.watch(reader, 1, () => { throw new Error('mine') });
    require('fs').writeSync(writer, 'x');
  `;
  t.equal(run(program), 'mine\n');
});

t.test('addon: promises settled in a callback are taken up at once', async (t) => {
  const program = `
    const [reader, writer] = native.pipe();
    require('fs').writeSync(writer, 'x');
    const order = [];
    const watcher = native.watch(reader, 1, () => {
      watcher.close();
      Promise.resolve().then(() => order.push('promise'));
      process.nextTick(() => order.push('tick'));
      setImmediate(() => console.log(order.join()));
    });
  `;
  t.equal(run(program), 'tick,promise\n');
});

t.test('addon: worker threads have one each, and may be ended at any time', async (t) => {
  const program = `
    const { Worker } = require('worker_threads');
    const code = ${JSON.stringify(load)} + \`
      const [reader] = native.pipe();
      native.watch(reader, 1, () => {});
      native.openNetlink(0, -1);
      launch().then(({ pid }) => { require('worker_threads').parentPort.postMessage(pid > 0); launch() });
    \`;
    const workers = [1, 2, 3].map(() => new Worker(code, { eval: true }));
    for (const worker of workers) worker.once('message', (ok) => { console.log(ok); worker.terminate() });
  `;
  t.equal(run(program), 'true\ntrue\ntrue\n');
});

t.test('addon: watchers that nobody holds are still called', async (t) => {
  const program = `
    require('v8').setFlagsFromString('--expose-gc');
    const gc = require('vm').runInNewContext('gc');
    const [reader, writer] = native.pipe();
    native.watch(reader, 1, () => { console.log('called'); process.exit() });
    for (let i = 0; i < 5; i++) gc();
    setTimeout(() => { gc(); require('fs').writeSync(writer, 'x') }, 20);
  `;
  t.equal(run(program), 'called\n');
});
