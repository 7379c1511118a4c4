import { setImmediate as breathe } from 'node:timers/promises';
import t from 'tap';
import { Leases } from '../../../src/image/leases.js';
import { Slots } from '../../../src/image/slots.js';
import { whenTurnComes } from '../../../src/image/turn.js';

t.test('Slots: so many at a time, in the order they came, whatever becomes of the others', async (t) => {
  const slots = new Slots(2);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const tasks = Array.from({ length: 6 }, (_, index) =>
    slots.run(async () => {
      begun.push(index);
      most = Math.max(most, ++running);
      await breathe();
      running--;
      if (index % 2 === 0) throw new Error(`${index}`);
      return index;
    }),
  );
  const ends = await Promise.allSettled(tasks);
  t.same(begun, [0, 1, 2, 3, 4, 5]);
  t.equal(most, 2);
  t.same(
    ends.map(({ status }) => status === 'fulfilled'),
    [false, true, false, true, false, true],
  );
});

t.test('whenTurnComes: aborted while it waits, it rejects at once and never begins', async (t) => {
  const slots = new Slots(1);
  const controller = new AbortController();
  let release = () => {};
  const first = slots.run(
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  let hasBegun = false;
  const schedule = <T>(task: () => Promise<T>) => slots.run(task);
  const second = whenTurnComes(
    schedule,
    async () => {
      hasBegun = true;
    },
    controller.signal,
  );
  const third = whenTurnComes(schedule, async () => 3);
  controller.abort(new Error('enough'));
  await t.rejects(second, { message: 'enough' });
  release();
  await first;
  t.equal(await third, 3);
  t.notOk(hasBegun);
});

t.test('whenTurnComes: begun, it is the work that sees to the signal', async (t) => {
  const controller = new AbortController();
  const run = whenTurnComes(
    (task) => task(),
    async () => {
      controller.abort();
      return 'done';
    },
    controller.signal,
  );
  t.equal(await run, 'done');
});

t.test('Leases: something is held until the last one that holds it lets go', async (t) => {
  const leases = new Leases();
  const [a, b] = [leases.take(), leases.take()];
  a.hold('sha256:1', 'sha256:1', 'sha256:2');
  b.hold('sha256:1');
  a.release();
  a.release();
  t.same([leases.has('sha256:1'), leases.has('sha256:2')], [true, false]);
  b.release();
  t.notOk(leases.has('sha256:1'));
});
