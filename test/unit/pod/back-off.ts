import fc from 'fast-check';
import t from 'tap';
import { backOffEnd, describeBackOff, isBackingOff, nextBackOff } from '../../../src/pod/back-off.js';
import type { BackOff } from '../../../src/pod/observed.js';
import { makePod, start } from './fixtures/make-pod.js';
import { World } from './fixtures/world.js';

const key = 'k';

t.test('delays double from 10 s to 300 s and stay there', async (t) => {
  let backOff: BackOff | undefined;
  let now = start;
  const delays: number[] = [];
  for (let crash = 0; crash < 8; crash += 1) {
    backOff = nextBackOff(backOff, { finishedAt: now, key }, now);
    delays.push(backOff.delayMs / 1000);
    now += backOff.delayMs;
  }
  t.strictSame(delays, [10, 20, 40, 80, 160, 300, 300, 300]);
});

t.test(
  'a container that crashes as soon as it runs starts 0, 10, 30, 70, 150, 310, 610, 910 s after its first end',
  async (t) => {
    const world = new World(makePod());
    for (let crash = 0; crash < 8; crash += 1) {
      world.exit('app', { kind: 'signaled', signal: 9 });
      while (!world.isAlive('app')) world.advance((world.wakeAt ?? world.now) - world.now);
    }
    t.strictSame(
      world.starts.slice(1).map(({ at }) => (at - start) / 1000),
      [0, 10, 30, 70, 150, 310, 610, 910],
    );
  },
);

t.test('it is forgotten by a container that ran for more than 10 minutes, and only then', async (t) => {
  const long: BackOff = { delayMs: 300_000, updatedAt: start, key };
  t.equal(nextBackOff(long, { finishedAt: start + 600_000, key }, start + 600_000).delayMs, 300_000);
  t.equal(nextBackOff(long, { finishedAt: start + 600_001, key }, start + 600_001).delayMs, 10_000);
  t.notOk(isBackingOff(long, { finishedAt: start + 600_001, key }, start + 600_001));
  t.ok(isBackingOff(long, { finishedAt: start + 600_000, key }, start + 600_000));
});

t.test('an hour of waiting does not reset it: the run was short', async (t) => {
  const backOff: BackOff = { delayMs: 40_000, updatedAt: start, key };
  const crash = { finishedAt: start + 1000, key };
  t.notOk(isBackingOff(backOff, crash, start + 3_600_000));
  t.equal(nextBackOff(backOff, crash, start + 3_600_000).delayMs, 80_000);
});

t.test('another image or other resources start anew', async (t) => {
  const backOff: BackOff = { delayMs: 300_000, updatedAt: start, key: 'other' };
  t.notOk(isBackingOff(backOff, { finishedAt: start, key }, start));
  t.equal(nextBackOff(backOff, { finishedAt: start, key }, start).delayMs, 10_000);
});

t.test('it ends exactly one delay after the crash', async (t) => {
  const backOff: BackOff = { delayMs: 10_000, updatedAt: start, key };
  const crash = { finishedAt: start, key };
  t.equal(backOffEnd(backOff, crash, start + 9_999), start + 10_000);
  t.equal(backOffEnd(backOff, crash, start + 10_000), undefined);
});

t.test('no clock, however set, makes it longer than twice its delay', async () => {
  const time = fc.integer({ min: start - 10 ** 9, max: start + 10 ** 9 });
  fc.assert(
    fc.property(
      fc.constantFrom(10_000, 80_000, 300_000),
      time,
      time,
      time,
      (delayMs, updatedAt, finishedAt, now) => {
        const end = backOffEnd({ delayMs, updatedAt, key }, { finishedAt, key }, now);
        return end === undefined || (end > now && end - now <= 2 * delayMs);
      },
    ),
  );
});

t.test('the message has the delay as Go writes it', async (t) => {
  const message = describeBackOff(makePod(), 'app', { delayMs: 80_000, updatedAt: start, key });
  t.equal(message, 'back-off 1m20s restarting failed container=app pod=web_default(u1)');
});
