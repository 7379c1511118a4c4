import t from 'tap';
import { PlanCache } from '../../../../src/kernel/plan/encoded.js';
import { hole } from '../../../../src/kernel/plan/template.js';
import { stdoutSteps, tinyPlan } from '../../../tiny-plan.js';

/** What is said by a program that is told one text that is filled in, and one that is not. */
function encode(told: string, text: string): Buffer {
  const build = ({ path }: { readonly path: string }) =>
    tinyPlan({
      command: ['/bin/echo', told],
      steps: [
        ...stdoutSteps,
        { op: 'openPath', path, flags: 0, out: 'opened' },
        { op: 'closeOnExec', first: 3 },
      ],
      inputs: ['output'],
    });
  return new PlanCache('monitor', 1).encode({ key: '', texts: { path: text }, build }).wire;
}

t.test('a text of a manifest is not taken for a hole, whatever it looks like', async (t) => {
  const impostors = [
    '\u0001path\u0001',
    '\u0001path\u0001'.padEnd(511, '\u0001'),
    'path'.padEnd(511, '\u0001'),
  ];
  for (const impostor of impostors) {
    const wire = encode(impostor, '/a/path');
    t.ok(wire.includes(`${impostor}\0`), 'it is there as it was written');
    t.ok(wire.includes('/a/path\0'));
  }
});

t.test('nobody outside this process knows what a hole looks like', async (t) => {
  const fresh = await t.mockImport<{ hole: typeof hole }>('../../../../src/kernel/plan/template.js', {});
  t.not(fresh.hole('path'), hole('path'));
  t.equal(Buffer.byteLength(hole('path')), 511);
});
