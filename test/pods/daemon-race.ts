import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { daemonsOf, endDaemons } from './fixtures/daemon.js';
import type { Peapod } from './fixtures/peapod.js';
import { until } from './fixtures/until.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

for (const commands of [2, 8]) {
  t.test(`${commands} commands that race to start the daemon end with one`, { skip }, async (t) => {
    await withPeapod(t, async (peapod) => {
      t.same(daemonsOf(peapod.root), []);
      const racing = Array.from({ length: commands }, () => peapod.run(['images', '-o', 'json']));
      const outcomes = await Promise.all(racing);
      t.same(
        outcomes.filter(({ status }) => status !== 0),
        [],
        'each got its answer',
      );
      t.equal(new Set(outcomes.map(({ stdout }) => stdout)).size, 1, 'the same answer');
      await endsWithOne(t, peapod);
    });
  });
}

t.test('commands that race to replace a killed daemon end with one', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.ok('images');
    await endDaemons(peapod.root, 'SIGKILL');
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => peapod.run(['get', 'pods'])));
    t.same(
      outcomes.map(({ status }) => status),
      [0, 0, 0, 0],
    );
    await endsWithOne(t, peapod);
  });
});

/** Those that lost may take a moment to see it and end. */
async function endsWithOne(t: Test, { root }: Peapod): Promise<void> {
  await until('one daemon is left', () => daemonsOf(root).length <= 1);
  await sleep(200);
  t.equal(daemonsOf(root).length, 1);
}
