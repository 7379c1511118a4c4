import t from 'tap';
import { CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWPID } from '../../../../src/kernel/constants.js';
import { checkPlan } from '../../../../src/kernel/plan/check.js';
import { describeStep } from '../../../../src/kernel/plan/describe.js';
import { explainFailure, failureHints } from '../../../../src/kernel/plan/explain-failure.js';
import { type FieldKind, type Step, stepSchema } from '../../../../src/kernel/plan/schema.js';
import { samplePlan } from './fixtures/sample.js';

const plan = samplePlan();
const tail = plan.child.slice(-3);

function child(...steps: Step[]) {
  return { ...plan, join: [], child: [...steps, ...tail] };
}

t.test('a good plan passes for a monitor', (t) => {
  t.doesNotThrow(() => checkPlan(plan, 'monitor'));
  t.end();
});

t.test('only a monitor may leave signals at an empty mask', (t) => {
  const swap = (step: Step): Step => (step.op === 'resetSignals' ? { op: 'unblockSignals' } : step);
  const unblocked = { ...plan, join: [], child: tail.map(swap) };
  t.doesNotThrow(() => checkPlan(unblocked, 'monitor'));
  t.throws(() => checkPlan(unblocked, 'addon'), { message: /without resetSignals or blockSignals/ });
  t.end();
});

t.test('the engine may launch what joins a network, and nothing but a network', (t) => {
  const joining = (flags: number) => child({ op: 'joinNamespaces', target: 'target', flags });
  t.doesNotThrow(() => checkPlan(joining(CLONE_NEWNET), 'addon'));
  for (const flags of [
    0,
    CLONE_NEWIPC,
    CLONE_NEWPID,
    CLONE_NEWNET | CLONE_NEWIPC,
    CLONE_NEWNET | CLONE_NEWPID,
  ]) {
    t.throws(() => checkPlan(joining(flags), 'addon'), { code: 'PEAPOD_PLAN_INVALID' });
  }
  t.end();
});

const enter: Step = { op: 'changeDirectory', directory: 'cgroup' };
const open: Step = { op: 'openPath', path: '/', flags: 0, out: 'root' };
const preparation = { ...plan, clone: { ...plan.clone, cgroup: null }, before: [open], join: [], child: [] };
const execFd: Step = { op: 'execFd', file: 'target', argv: [], envp: [] };

t.test('a preparation has steps of the monitor’s own', (t) => {
  t.doesNotThrow(() => checkPlan(preparation, 'preparation'));
  t.end();
});

const broken: readonly (readonly [string, () => void, RegExp])[] = [
  ['join steps launched by the engine', () => checkPlan(plan, 'addon'), /only a monitor may run join steps/],
  [
    'setns launched by the engine',
    () => checkPlan(child({ op: 'joinNamespaces', target: 'target', flags: 0 }), 'addon'),
    /entered by a monitor only/,
  ],
  [
    'a change of user in shared memory',
    () => checkPlan(child({ op: 'setUid', uid: 1 }), 'addon'),
    /undumpable/,
  ],
  [
    'a plan that executes nothing',
    () => checkPlan({ ...plan, child: [{ op: 'resetSignals' }] }, 'monitor'),
    /last step/,
  ],
  [
    'a step after exec',
    () => checkPlan({ ...plan, child: [...plan.child, ...tail] }, 'monitor'),
    /after exec could never run/,
  ],
  [
    'inherited descriptors',
    () => checkPlan({ ...plan, child: [{ op: 'resetSignals' }, execFd] }, 'monitor'),
    /without closeOnExec/,
  ],
  [
    'inherited signals',
    () => checkPlan({ ...plan, child: plan.child.filter((s) => s.op !== 'resetSignals') }, 'monitor'),
    /without unblockSignals or resetSignals/,
  ],
  [
    'blocked signals in a container',
    () =>
      checkPlan(
        { ...plan, child: plan.child.map((s) => (s.op === 'resetSignals' ? { op: 'blockSignals' } : s)) },
        'monitor',
      ),
    /without unblockSignals or resetSignals/,
  ],
  [
    'a root before the mounts it is among',
    () =>
      checkPlan(
        child({ op: 'changeRoot', directory: 'target' }, { op: 'copyMounts', mounts: 'target' }),
        'addon',
      ),
    /copyMounts comes after changeRoot/,
  ],
  [
    'groups after the user',
    () => checkPlan(child({ op: 'setUid', uid: 1 }, { op: 'setGroups', gids: [] }), 'monitor'),
    /setGroups comes after setUid/,
  ],
  [
    'capabilities before the user',
    () =>
      checkPlan(
        child(
          { op: 'setCapabilities', effective: 0, permitted: 0, inheritable: 0 },
          { op: 'setUid', uid: 1 },
        ),
        'monitor',
      ),
    /setUid comes after setCapabilities/,
  ],
  [
    'a second clone that nothing needs',
    () => checkPlan({ ...child(), clone: { ...plan.clone, secondFlags: 1 } }, 'monitor'),
    /no second clone/,
  ],
  [
    'a cgroup that is not passed',
    () => checkPlan({ ...plan, clone: { ...plan.clone, cgroup: 'x' } }, 'monitor'),
    /cgroup "x" is neither an input nor opened/,
  ],
  [
    'a preparation that starts something',
    () => checkPlan({ ...preparation, child: tail }, 'preparation'),
    /starts nothing/,
  ],
  [
    'a change of the monitor’s working directory',
    () => checkPlan({ ...preparation, before: [enter] }, 'preparation'),
    /cannot run changeDirectory itself/,
  ],
  [
    'a start with steps of the monitor’s own',
    () => checkPlan({ ...plan, before: [enter] }, 'monitor'),
    /a plan of their own/,
  ],
  [
    'a change of the engine’s working directory',
    () => checkPlan({ ...child(), before: [enter] }, 'addon'),
    /cannot run changeDirectory itself/,
  ],
];

for (const [what, act, message] of broken) {
  t.test(`${what} is refused`, (t) => {
    t.throws(act, { code: 'PEAPOD_PLAN_INVALID', message });
    t.end();
  });
}

const samples: Record<FieldKind, unknown> = {
  u64: 3,
  string: 'text',
  strings: ['one'],
  ids: [1],
  words: new Uint8Array(4),
  fd: 'fd',
  out: 'out',
};

t.test('every step has its own words, without a period or an undefined part', (t) => {
  for (const [op, { fields }] of Object.entries(stepSchema)) {
    const values = Object.entries(fields).map(([name, kind]) => [name, samples[kind as FieldKind]]);
    const words = describeStep({ op, ...Object.fromEntries(values) } as Step);
    t.match(words, /^[a-z].*[^.]$/, op);
    t.notMatch(words, /undefined|\[object/, op);
  }
  t.end();
});

t.test('opcodes are unique and every step fits the wire', (t) => {
  const rows = Object.values(stepSchema);
  t.equal(new Set(rows.map(({ opcode }) => opcode)).size, rows.length);
  t.ok(rows.every(({ fields }) => Object.keys(fields).length <= 6));
  t.end();
});

t.test('each hint is reached by its own row', (t) => {
  for (const { op, errno, hint } of failureHints) {
    t.equal(explainFailure(op === '*' ? 'setUmask' : op, errno), hint, `${op} ${errno}`);
  }
  t.equal(explainFailure('exec', 'EDOM'), undefined);
  t.end();
});
