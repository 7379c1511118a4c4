import t from 'tap';
import { buildRuleset } from '../../../src/network/firewall-rules.js';
import { concatenationBytes } from '../../../src/network/nft/datatype.js';
import type { Expression } from '../../../src/network/nft/expression.js';
import type { Table } from '../../../src/network/nft/table.js';

const options = {
  name: 'peapod',
  bridge: 'peapod0',
  ranges: [
    { family: 4, cidr: '10.85.0.0/16' },
    { family: 6, cidr: 'fd00:85::/64' },
  ],
} as const;

const ruleset = buildRuleset(options);
const tables = [ruleset.inet, ruleset.bridge];

function expressions({ chains }: Table): Expression[] {
  return chains.flatMap(({ rules }) => rules.flat());
}

t.test('the tables are called like the root, and the ranges add two rules each', async (t) => {
  t.same(
    tables.map(({ family, name }) => [family, name]),
    [
      [1, 'peapod'],
      [7, 'peapod'],
    ],
  );
  const count = (table: Table) => table.chains.reduce((sum, { rules }) => sum + rules.length, 0);
  const without = buildRuleset({ ...options, ranges: [] });
  t.equal(count(ruleset.inet) - count(without.inet), 4);
  t.same(ruleset.bridge, without.bridge);
});

t.test('what rules name is there', async (t) => {
  for (const table of tables) {
    const chains = table.chains.map(({ name }) => name);
    const sets = table.sets.map(({ name }) => name);
    for (const expression of expressions(table)) {
      if (expression.kind === 'immediate' && expression.verdict.chain) {
        t.ok(chains.includes(expression.verdict.chain), expression.verdict.chain);
      }
      if (expression.kind === 'objref') t.ok(table.counters.includes(expression.object), expression.object);
      if (expression.kind === 'lookup' || expression.kind === 'mapping') {
        t.ok(sets.includes(expression.set), expression.set);
      }
    }
  }
});

t.test('every counter and every chain is used', async (t) => {
  for (const table of tables) {
    const all = expressions(table);
    for (const name of table.counters) t.ok(all.some((one) => one.kind === 'objref' && one.object === name));
    for (const { name, hook } of table.chains) {
      const isCalled = all.some((one) => one.kind === 'immediate' && one.verdict.chain === name);
      t.ok(isCalled || hook !== undefined, name);
    }
  }
});

t.test('what a rule loads is as long as the keys of the set it looks into', async (t) => {
  for (const table of tables) {
    for (const rule of table.chains.flatMap(({ rules }) => rules)) {
      for (const [index, expression] of rule.entries()) {
        if (expression.kind !== 'lookup' && expression.kind !== 'mapping') continue;
        const set = table.sets.find(({ name }) => name === expression.set);
        t.equal(loadedBytes(rule.slice(0, index)), concatenationBytes(set?.key ?? []), expression.set);
      }
    }
  }
});

/** From the first register on, as far as the last load goes. */
function loadedBytes(before: readonly Expression[]): number {
  const last = before.at(-1);
  if (last === undefined || !('to' in last)) return 0;
  const length = last.kind === 'payload' ? last.length : last.kind === 'meta' && last.key === 16 ? 1 : 16;
  return (last.to - 8) * 4 + Math.ceil(length / 4) * 4;
}

t.test('names are no words of nft, which could not read its own listing then', async (t) => {
  const words = ['arp', 'ip', 'ip6', 'icmp', 'icmpv6', 'redirect', 'ipv4', 'ipv6', 'mac', 'counter', 'map'];
  const names = tables.flatMap((table) => [
    ...table.counters,
    ...[...table.sets, ...table.chains].map(({ name }) => name),
  ]);
  t.same(
    names.filter((name) => words.includes(name)),
    [],
  );
});
