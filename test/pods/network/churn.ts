import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Churn } from '../fixtures/churn.js';
import { networkState } from '../fixtures/network-state.js';
import { until } from '../fixtures/until.js';
import { skip, withNetwork } from '../fixtures/with-network.js';

const cycles = 1000;
const rounds = 200;

/** What there is time for before the kill: several pods, or the better part of opening the root. */
const longestMs = 100;

t.test(`${cycles} pods made and removed in one process leave nothing`, { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host }) => {
    const before = await networkState(host);
    const churn = new Churn(host, peapod.root);
    await churn.begin(cycles);
    t.match(await churn.ended(), { status: 0, stdout: /^0 descriptors more$/m });
    t.same(await networkState(host), before);
  });
});

t.test(
  `an engine killed ${rounds} times at any moment leaves nothing after the next`,
  { skip },
  async (t) => {
    await withNetwork(t, {}, async ({ peapod, host }) => {
      const before = await networkState(host);
      let next = new Churn(host, peapod.root);
      let amidst = 0;
      for (let round = 0; round < rounds; round++) {
        const churn = next;
        await churn.begin(Number.POSITIVE_INFINITY);
        // Loads what it needs while this one works.
        next = new Churn(host, peapod.root);
        if (round % 4 > 0) await churn.opened();
        await sleep(Math.random() * longestMs);
        const { status, stdout, stderr } = await churn.kill();
        if (/^found [1-9]/m.test(stdout)) amidst++;
        if (status !== null || stderr !== '') t.fail(`round ${round}: ${status} ${stderr}`);
      }
      await next.begin(0);
      t.match(await next.ended(), { status: 0, stderr: '' });
      t.ok(amidst > rounds / 10, `${amidst} of them found pods of the one before`);
      await until('the kernel has cleaned up', async () => {
        return (await networkState(host)).length <= before.length;
      });
      t.same(await networkState(host), before);
    });
  },
);
