import t from 'tap';
import { measureRow, median, quantile } from '../../../../scripts/bench/measure.mjs';

t.test('quantile: the value below which that part lies, whatever the order', async (t) => {
  t.equal(quantile([3, 1, 2], 0.5), 2);
  t.equal(median([9, 1, 5, 7]), 7);
  t.equal(quantile([2, 1], 1), 2);
  t.ok(Number.isNaN(median([])));
});

t.test("measureRow: ratios are the peer's time over ours, or ours over a limit's", async (t) => {
  const sample = async () => 2;
  const peers = [
    { label: 'slow', goal: 1, sample: async () => 10 },
    { label: 'limit', goal: 1, most: true, sample: async () => 1 },
  ];
  const row = await measureRow({ name: 'row', title: 'row', sample, peers }, 3);
  t.same(row.own, Array(6).fill(2));
  t.same(
    row.peers.map(({ ratios }) => ratios),
    [
      [5, 5, 5],
      [2, 2, 2],
    ],
  );
});
