import t from 'tap';
import { answering, askAt, askIn, published } from '../fixtures/answers.js';
import { attachmentOf, inspect } from '../fixtures/inspection.js';
import { pod } from '../fixtures/manifest.js';
import { listRules } from '../fixtures/network-state.js';
import { until } from '../fixtures/until.js';
import { hostAddress, skip, withNetwork } from '../fixtures/with-network.js';

const limitMs = 30_000;

t.test('rules that somebody removes are put back', { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host, neighbour }) => {
    await peapod.apply(pod('web', [answering('web', { ports: published(8080) })]));
    await peapod.apply(pod('other', [answering('other')]));
    await peapod.ok('port', 'add', 'web', '8081:80');
    const links = [(await attachmentOf(peapod, 'web')).link, (await attachmentOf(peapod, 'other')).link];
    const rules = () => listRules(host, links);
    const before = await rules();
    t.ok(before.length > 0);
    const tables = (await inspect(peapod, 'web')).sandbox?.network.firewall?.tables ?? [];
    for (const damage of ['flush ruleset', ...tables.map((name) => `delete table ${name}`)]) {
      await host.run('nft', damage);
      await until('they are back', async () => (await rules()).join() === before.join(), limitMs);
      t.same(
        await askAt(neighbour, `tcp://${hostAddress[4]}:8080`, `tcp://${hostAddress[4]}:8081`),
        Array(2).fill('web to 192.0.2.2'),
        damage,
      );
      const [answer] = await askIn(peapod, 'other', `tcp://${hostAddress[4]}:8080`);
      t.equal(answer, 'web to 10.85.0.1');
    }
  });
});

t.test('bridge and rules go about a second after the last pod', { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host }) => {
    t.same(await listRules(host), []);
    await peapod.apply(pod('web', [answering('web', { ports: published(8080) })]));
    await peapod.ok('delete', 'pod', 'web');
    await until(
      'the host is alone',
      async () => {
        const links = (await host.list('link')).map(({ ifname }) => ifname);
        return links.join() === 'lo,up0' && (await listRules(host)).length === 0;
      },
      5000,
    );
    await peapod.apply(pod('web', [answering('web', { ports: published(8080) })]));
    const found = await until('it serves again', async () => (await askAt(host, 'tcp://127.0.0.1:8080'))[0]);
    t.equal(found, 'web to 10.85.0.1');
  });
});
