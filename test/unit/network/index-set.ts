import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { IndexSet } from '../../../src/network/index-set.js';

t.test('IndexSet: does what a Set does, and finds what is missing', (t) => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete', 'find'), fc.nat(130), fc.nat(140)));
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 2 ** 31 - 40, 2 ** 32 - 200), (steps, base) => {
      const model = new Set<number>();
      const set = new IndexSet();
      for (const [step, offset, end] of steps) {
        const index = base + offset;
        if (step === 'add') assert.equal(set.add(index), !model.has(index) && Boolean(model.add(index)));
        if (step === 'delete') assert.equal(set.delete(index), model.delete(index));
        if (step === 'find')
          assert.equal(set.firstMissing(index, base + end), find(model, index, base + end));
        assert.equal(set.size, model.size);
        assert.equal(set.has(index), model.has(index));
      }
    }),
    { numRuns: 500 },
  );
  t.end();
});

function find(model: ReadonlySet<number>, from: number, end: number): number | undefined {
  for (let index = from; index < end; index++) if (!model.has(index)) return index;
  return undefined;
}
