import fc from 'fast-check';
import t from 'tap';
import { encodePlan } from '../../../../src/kernel/plan/encode.js';
import { PlanCache } from '../../../../src/kernel/plan/encoded.js';
import { hole } from '../../../../src/kernel/plan/template.js';
import { stdoutSteps, tinyPlan } from '../../../tiny-plan.js';
import { textsOf } from './fixtures/texts.js';

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
});

t.test('filled in, it says what a plan with these texts says, whatever their length', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 900 }).filter((value) => !value.includes('\0'));
  const build = ({ path, place }: { readonly path: string; readonly place: string }) =>
    tinyPlan({
      command: ['/bin/echo', 'known', path, place],
      steps: [
        ...stdoutSteps,
        { op: 'openPath', path, flags: 0, out: 'opened' },
        { op: 'openPath', path: `/in/${place}/of/${path}`, flags: 0, out: 'other' },
        { op: 'openPath', path: 'known', flags: 0, out: 'third' },
        { op: 'closeOnExec', first: 3 },
      ],
      inputs: ['output'],
    });
  const cache = new PlanCache('monitor', 1);
  const fill = (path: string, place: string) => cache.encode({ key: '', texts: { path, place }, build }).wire;
  fc.assert(
    fc.property(text, text, (path, place) => {
      const [filled, encoded] = [fill(path, place), encodePlan(build({ path, place }))];
      t.same(textsOf(filled), textsOf(encoded));
      t.equal(filled.readUInt32LE(8), filled.length, 'its size');
      t.equal(filled.at(-1), 0, 'its last byte');
    }),
    { numRuns: 50 },
  );
  t.throws(() => fill('a\0b', ''), { code: 'PEAPOD_PLAN_INVALID' });
});
