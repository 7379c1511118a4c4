import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { encodePlan } from '../../../../src/kernel/plan/encode.js';
import type { LaunchPlan } from '../../../../src/kernel/plan/types.js';
import { packageRoot } from '../../../../src/native/binding.js';
import { samplePlan } from './fixtures/sample.js';

const golden = join(packageRoot(), 'test/golden/launch-plan.bin');

t.test('a plan encodes to the checked-in bytes', (t) => {
  const wire = encodePlan(samplePlan());
  if (process.env.PEAPOD_UPDATE_GOLDEN) {
    writeFileSync(golden, wire);
  }
  t.same(wire, readFileSync(golden));
  t.end();
});

t.test('the header counts what follows it', (t) => {
  const wire = encodePlan(samplePlan());
  t.equal(wire.readUInt32LE(0), 0x50414550, 'magic');
  t.equal(wire.readUInt32LE(8), wire.length, 'size');
  t.equal(wire.readUInt32LE(12), 0, 'the cgroup is input 0');
  t.equal(wire.readBigUInt64LE(16), 0x20000000n, 'clone flags');
  t.equal(wire.readUInt32LE(32), 2, 'inputs');
  t.equal(wire.readUInt32LE(36), 4, 'slots: the inputs, root and b');
  t.equal(wire.readUInt32LE(40), 1, 'join steps');
  t.equal(wire.readUInt32LE(44), 6, 'child steps');
  t.equal(wire.at(-1), 0, 'the strings end in NUL');
  t.end();
});

t.test('a string with a NUL inside is refused', (t) => {
  const plan = samplePlan();
  const broken: LaunchPlan = { ...plan, child: [{ op: 'setName', name: 'a\0b' }, ...plan.child] };
  t.throws(() => encodePlan(broken), { code: 'PEAPOD_PLAN_INVALID', message: /NUL byte/ });
  t.end();
});

t.test(
  'numbers take all the bits of 2^53 - 1, and what is beyond 2^53, negative or no whole number is refused',
  (t) => {
    const withMode = (mode: number) => {
      const plan = samplePlan();
      return encodePlan({ ...plan, join: [{ op: 'setUmask', mode }, ...plan.join] });
    };
    t.equal(withMode(Number.MAX_SAFE_INTEGER).readBigUInt64LE(64 + 8), BigInt(Number.MAX_SAFE_INTEGER));
    for (const mode of [2 ** 53, -1, 0.5, Number.NaN]) {
      t.throws(() => withMode(mode), { code: 'PEAPOD_PLAN_INVALID', message: /whole numbers/ }, String(mode));
    }
    t.end();
  },
);

t.test('a descriptor nobody provides is refused by name', (t) => {
  const broken: LaunchPlan = { ...samplePlan(), inputs: ['cgroup'] };
  t.throws(() => encodePlan(broken), { code: 'PEAPOD_PLAN_INVALID', message: /"target", which no input/ });
  t.end();
});

t.test('any arguments and environment survive, in order', (t) => {
  const text = fc.string().filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), fc.array(text), (argv, envp) => {
      const plan = samplePlan();
      const wire = encodePlan({
        ...plan,
        child: [...plan.child.slice(0, -1), { op: 'exec', paths: ['/x'], argv, envp }],
      });
      t.same(readLists(wire).slice(-2), [argv, envp]);
    }),
  );
  t.end();
});

/** The string lists at the end of a wire form: the last three belong to exec. */
function readLists(wire: Buffer): string[][] {
  const steps = wire.readUInt32LE(40) + wire.readUInt32LE(44);
  const words = wire.readUInt32LE(48);
  const from = 64 + steps * 56;
  const strings = wire.subarray(from + words * 4);
  const exec = 64 + (steps - 1) * 56 + 8;
  return [0, 1, 2].map((field) => {
    const at = from + Number(wire.readBigUInt64LE(exec + field * 8)) * 4;
    const count = wire.readUInt32LE(at);
    return Array.from({ length: count }, (_, i) => {
      const offset = wire.readUInt32LE(at + 4 + i * 4);
      return strings.subarray(offset, strings.indexOf(0, offset)).toString();
    });
  });
}
