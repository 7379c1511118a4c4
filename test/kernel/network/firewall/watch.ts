import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Firewall } from '../../../../src/network/firewall.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires } from '../../../scratch.js';
import { attachmentOf, options } from './fixtures/network.js';
import { listTables, nft } from './fixtures/nft.js';

const skip = requires('root', 'nft');
const { name } = options;
const pod = attachmentOf(2, [{ protocol: 'TCP', hostPort: 8080, containerPort: 80 }]);
/** Longer than the firewall waits before it tells. */
const settledMs = 300;

/** Runs `work` with an installed firewall, and a function that waits and answers how often a loss was told since. */
async function withWatch(
  work: (firewall: Firewall, losses: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const firewall = new Firewall(options);
  let told = 0;
  const watch = firewall.watch(() => told++);
  const losses = async () => {
    await sleep(settledMs);
    const count = told;
    told = 0;
    return count;
  };
  try {
    await firewall.install([pod]);
    await work(firewall, losses);
  } finally {
    watch.close();
    await firewall.uninstall();
    await firewall.close();
  }
}

t.test('watch: what others take away is told, once', { skip }, async (t) => {
  const work = () =>
    withWatch(async (firewall, losses) => {
      for (const change of [
        'flush ruleset',
        `delete table inet ${name}`,
        `delete table bridge ${name}`,
        `flush chain inet ${name} output`,
        `delete element inet ${name} ports4 { tcp . 8080 }`,
        `flush set bridge ${name} macs`,
        `add table inet ${name} { flags dormant; }`,
      ]) {
        nft(change);
        t.equal(await losses(), 1, change);
        await firewall.install([pod]);
      }
      const installed = listTables(name);
      nft('flush ruleset');
      nft('flush ruleset');
      t.equal(await losses(), 1, 'twice in a moment');
      await firewall.install([pod]);
      t.same(listTables(name), installed);
    });
  await withLeakCheck(t, work, { cgroups: [] });
});

t.test("watch: our own changes and those of others' tables are not told", { skip }, async (t) => {
  await withWatch(async (firewall, losses) => {
    await firewall.remove(pod);
    await firewall.add(pod);
    await firewall.install([pod]);
    await firewall.uninstall();
    // As many as a bridge has ports.
    await firewall.install(Array.from({ length: 1023 }, (_, index) => attachmentOf(index + 2)));
    await firewall.install([pod]);
    t.equal(await losses(), 0);
    nft(`table inet ${name}2 { chain x {}; }`);
    nft(`delete table inet ${name}2`);
    nft(`add rule inet ${name} output counter`);
    t.equal(await losses(), 0);
  });
});

t.test('watch: a socket that was closed was ours', { skip }, async (t) => {
  await withWatch(async (firewall, losses) => {
    await firewall.uninstall();
    await firewall.close();
    await firewall.install([pod]);
    t.equal(await losses(), 0);
  });
});

t.test('watch: more news than the socket holds is taken for a loss', { skip }, async (t) => {
  await withWatch(async (firewall, losses) => {
    const longName = 'c'.repeat(240);
    const commands = Array.from({ length: 40_000 }, (_, index) => `add chain inet other ${longName}${index}`);
    // Nothing is read meanwhile.
    execFileSync('nft', ['-f', '-'], {
      input: `add table inet other\n${commands.join('\n')}`,
      stdio: 'pipe',
    });
    t.equal(await losses(), 1);
    nft('delete table inet other');
    await losses();
    nft(`delete table bridge ${name}`);
    t.equal(await losses(), 1, 'it hears on');
    await firewall.install([]);
  });
});
