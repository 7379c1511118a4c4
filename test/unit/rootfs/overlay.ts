import t from 'tap';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import { PlanCache } from '../../../src/kernel/plan/encoded.js';
import type { Step } from '../../../src/kernel/plan/schema.js';
import { buildOverlaySteps } from '../../../src/rootfs/overlay.js';
import { stdoutSteps, tinyPlan } from '../../tiny-plan.js';
import { textsOf } from '../kernel/plan/fixtures/texts.js';

const paths = { upper: 'pods/u/containers/c/0/upper', work: 'pods/u/containers/c/0/work' };

function layersOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `images/l/${`abcdef${index}`.slice(-6)}`);
}

function build(count: number, { upper, work } = paths): Step[] {
  return buildOverlaySteps({ state: 'state', layers: layersOf(count), upper, work });
}

function opsOf(steps: readonly Step[]): string {
  return steps.map(({ op }) => op).join(' ');
}

t.test('overlay: a few layers are two steps, named from the state directory', async (t) => {
  t.same(build(2), [
    { op: 'changeDirectory', directory: 'state' },
    {
      op: 'createFilesystem',
      type: 'overlay',
      options: [
        'source=overlay',
        'lowerdir=images/l/bcdef0:images/l/bcdef1',
        'upperdir=pods/u/containers/c/0/upper',
        'workdir=pods/u/containers/c/0/work',
      ],
      attributes: 4,
      out: 'rootfs',
    },
  ]);
});

t.test(
  'overlay: more are named from their own directory, and the most are mounted by mount(2)',
  async (t) => {
    const short = 'changeDirectory createFilesystem';
    const nearer = 'changeDirectory openPath changeDirectory createFilesystem';
    for (const [count, ops] of [
      [16, short],
      [17, nearer],
      [36, nearer],
    ] as const) {
      t.equal(opsOf(build(count)), ops, `${count}`);
    }
    for (const count of [37, 128])
      t.match(opsOf(build(count)), /^changeDirectory unshare mount .* mount cloneTree$/);
  },
);

t.test('overlay: no option is longer than the kernel takes', async (t) => {
  const counts = Array.from({ length: 128 }, (_, index) => index + 1);
  const steps = counts.flatMap((count) => build(count));
  const values = steps.flatMap((step) => (step.op === 'createFilesystem' ? step.options : []));
  t.same(
    values.filter((option) => option.replace(/^\w+=/, '').length > 255),
    [],
  );
  const data = steps.flatMap((step) => (step.op === 'mount' ? [step.data.length] : []));
  t.ok(Math.max(...data) <= 4095);
});

t.test('overlay: paths that are filled in later are all filled in', async (t) => {
  const planOf = (texts: typeof paths, count: number) =>
    tinyPlan({
      command: ['/bin/true'],
      steps: [...build(count, texts), ...stdoutSteps, { op: 'closeOnExec', first: 3 }],
      inputs: ['state', 'output'],
    });
  for (const count of [1, 30, 128]) {
    const cache = new PlanCache('monitor', 1);
    const { wire } = cache.encode({ key: '', texts: paths, build: (texts) => planOf(texts, count) });
    const [filled, whole] = [wire, encodePlan(planOf(paths, count))].map((bytes) => textsOf(bytes));
    t.same(filled, whole, `${count} layers`);
  }
});

t.test('overlay: layers that lie apart are refused when they are too many', async (t) => {
  const layers = Array.from({ length: 60 }, (_, index) => `layer${index}/fs`);
  t.throws(() => buildOverlaySteps({ state: 'state', layers, ...paths }), { code: 'PEAPOD_UNSUPPORTED' });
});
