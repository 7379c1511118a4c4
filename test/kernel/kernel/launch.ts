import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makePipe } from '../../../src/kernel/descriptor-calls.js';
import { Descriptors } from '../../../src/kernel/descriptors.js';
import { launch } from '../../../src/kernel/launch.js';
import { waitForExit } from '../../../src/kernel/pidfd.js';
import { type EncodedPlan, encodeChecked, PlanCache } from '../../../src/kernel/plan/encoded.js';
import type { Step } from '../../../src/kernel/plan/schema.js';
import type { LaunchPlan } from '../../../src/kernel/plan/types.js';
import { binding } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { scratchDirectory } from '../../scratch.js';
import { stdoutSteps, tinyPlan } from '../../tiny-plan.js';

const noCgroups = { cgroups: [] };

/** What a process prints whose plan has the input `output`. */
async function output(plan: EncodedPlan): Promise<string> {
  const own = new Descriptors();
  const [reader, writer] = makePipe();
  own.keep(reader);
  try {
    const { pidfd } = await launch(plan, { output: writer }).finally(() => binding().close(writer));
    await waitForExit(own.keep(pidfd));
    return readFileSync(reader, 'utf8');
  } finally {
    own.close();
  }
}

function echoPlan(command: readonly string[]): LaunchPlan {
  const steps: Step[] = [...stdoutSteps, { op: 'closeOnExec', first: 3 }];
  return tinyPlan({ command, steps, inputs: ['output'] });
}

/** What a program printed that was launched from `before` and then `command`. */
async function printed(before: readonly Step[], command: readonly string[]): Promise<string> {
  return await output(encodeChecked({ ...echoPlan(command), before }, 'addon'));
}

// The launcher's thread lives on, with descriptors of its own: no leak.
await printed([], ['/bin/true']);

t.test('steps before the clone make what the process needs, and their descriptors are closed', async (t) => {
  const directory = scratchDirectory(t);
  const at = (name: string) => join(directory, name);
  await withLeakCheck(
    t,
    async () => {
      const text = await printed(
        [
          { op: 'ensureDirectory', path: at('a/b/c'), mode: 0o700 },
          { op: 'ensureDirectory', path: at('a/b'), mode: 0o755 },
          { op: 'writeRecord', path: at('a/record'), temporary: at('a/record.tmp'), content: 'said\n' },
          { op: 'openPath', path: at('a'), flags: 0o200000, out: 'a' },
          {
            op: 'listenUnix',
            path: at('a/socket'),
            directory: 'a',
            name: 'socket',
            backlog: 1,
            out: 'listener',
          },
        ],
        ['/bin/sh', '-c', `cat ${at('a/record')}; ls /proc/$$/fd`],
      );
      t.match(text, /^said\n([0-2]\n)*$/, 'the process has none of them');
      t.same(readdirSync(at('a')).sort(), ['b', 'record', 'socket']);
      t.equal(statSync(at('a/b/c')).mode & 0o777, 0o700);
      t.equal(statSync(at('a/socket')).mode & 0o777, 0o600);
    },
    noCgroups,
  );
});

t.test('a socket whose path is too long is made through its directory', async (t) => {
  const directory = join(scratchDirectory(t), 'long'.repeat(40));
  const listen: Step = {
    op: 'listenUnix',
    path: join(directory, 'socket'),
    directory: 'directory',
    name: 'socket',
    backlog: 1,
    out: 'listener',
  };
  await printed(
    [
      { op: 'ensureDirectory', path: directory, mode: 0o700 },
      { op: 'openPath', path: directory, flags: 0o200000, out: 'directory' },
      listen,
    ],
    ['/bin/true'],
  );
  t.ok(statSync(join(directory, 'socket')).isSocket());
});

t.test('a step before the clone that fails is named, and nothing was started', async (t) => {
  const missing = join(scratchDirectory(t), 'missing');
  await withLeakCheck(
    t,
    async () => {
      const opened: Step = { op: 'openPath', path: '/', flags: 0o200000, out: 'root' };
      const failing: Step = { op: 'openPath', path: missing, flags: 0, out: 'file' };
      const command = ['/bin/sh', '-c', `: > ${missing}`];
      await t.rejects(printed([opened, failing], command), {
        code: 'PEAPOD_LAUNCH_FAILED',
        message: `Cannot open "${missing}" in test (step 2 of 6): ENOENT`,
      });
      t.notOk(existsSync(missing));
    },
    noCgroups,
  );
});

t.test('a plan of the same shape is filled in, whatever the length of its texts', async (t) => {
  const cache = new PlanCache('addon', 2);
  let built = 0;
  const build = ({ word }: { word: string }) => {
    built++;
    return echoPlan(['/bin/echo', word]);
  };
  const say = async (word: string) => {
    const text = await output(cache.encode({ key: 'say', texts: { word }, build }));
    return text.slice(0, -1);
  };
  const words = ['one', 'a longer one', '', 'é'.repeat(255), 'x'.repeat(9000), 'one'];
  for (const word of words) t.equal(await say(word), word);
  t.equal(built, 1, 'built once');
  t.throws(() => cache.encode({ key: 'say', texts: { word: 'a\0b' }, build }), {
    code: 'PEAPOD_PLAN_INVALID',
  });
});

t.test('a program begins with all signals blocked, or with none', async (t) => {
  const plan = echoPlan(['/bin/grep', '^SigBlk', '/proc/self/status']);
  const masked = (...ops: ('resetSignals' | 'blockSignals')[]) => {
    const child = plan.child.flatMap((step) =>
      step.op === 'resetSignals' ? ops.map((op): Step => ({ op })) : [step],
    );
    return output(encodeChecked({ ...plan, child }, 'addon'));
  };
  t.equal(await masked('resetSignals'), 'SigBlk:\t0000000000000000\n');
  // SIGKILL and SIGSTOP are the two that nobody can block.
  const blocked = 'SigBlk:\tfffffffffffbfeff\n';
  t.equal(await masked('blockSignals'), blocked);
  t.equal(
    await masked('resetSignals', 'blockSignals'),
    blocked,
    'by the step itself, not by its launcher alone',
  );
});
