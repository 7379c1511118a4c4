import t from 'tap';
import { answering, askAt, published } from '../fixtures/answers.js';
import { daemonsOf, endDaemons } from '../fixtures/daemon.js';
import { Follower } from '../fixtures/follow.js';
import { attachmentOf } from '../fixtures/inspection.js';
import { idle, pod, script } from '../fixtures/manifest.js';
import { listRules, networkState } from '../fixtures/network-state.js';
import type { Peapod } from '../fixtures/peapod.js';
import { until } from '../fixtures/until.js';
import { hostAddress, skip, withNetwork } from '../fixtures/with-network.js';

async function linkOf(peapod: Peapod, name: string): Promise<string> {
  return (await attachmentOf(peapod, name)).link;
}

async function ipOf(peapod: Peapod, name: string): Promise<string> {
  return (await peapod.get(name)).status?.podIP ?? '';
}

t.test(
  'a daemon that is killed takes no traffic with it, and the next has all it knew',
  { skip },
  async (t) => {
    await withNetwork(t, {}, async ({ peapod, host, neighbour }) => {
      await peapod.apply(pod('web', [answering('web', { ports: published(8080) })]));
      await peapod.apply(pod('other', [script(idle)]));
      await peapod.ok('port', 'add', 'web', '8081:80');
      const addresses = [await ipOf(peapod, 'web'), await ipOf(peapod, 'other')];
      const links = [await linkOf(peapod, 'web'), await linkOf(peapod, 'other')];
      const rules = await listRules(host, links);
      const open = new Follower(neighbour.start('curl', '-sN', `${hostAddress[4]}:8080/ticks`));
      await open.sees(/tick/);
      const questions = ['tcp://192.0.2.1:8080', 'udp://192.0.2.1:8080', 'tcp://192.0.2.1:8081'];
      const answers = Array(3).fill('web to 192.0.2.2');

      await endDaemons(peapod.root, 'SIGKILL');
      t.same(await askAt(neighbour, ...questions), answers, 'new connections');
      t.same(await askAt(host, 'tcp://127.0.0.1:8080'), ['web to 10.85.0.1']);
      open.text = '';
      await open.sees(/(tick\n){3}/);
      t.same(daemonsOf(peapod.root), [], 'all this without a daemon');

      t.same(
        [await ipOf(peapod, 'web'), await ipOf(peapod, 'other')],
        addresses,
        'the next one has their addresses',
      );
      t.same(await askAt(neighbour, ...questions), answers);
      open.text = '';
      await open.sees(/(tick\n){3}/);
      await open.interrupt();
      t.same(await listRules(host, links), rules, 'and the same rules');
      await peapod.apply(pod('third', [script(idle)]));
      t.notOk(addresses.includes(await ipOf(peapod, 'third')), 'a new pod gets another address');
      for (const port of ['8080:80', '8081:80']) {
        t.match(await peapod.run(['port', 'add', 'other', port]), { status: 1, stderr: /pod "web" has it/ });
      }
      await peapod.ok('port', 'rm', 'web', '8081:80');
      t.same(await askAt(neighbour, 'tcp://192.0.2.1:8081'), ['ECONNREFUSED']);
    });
  },
);

t.test('what a pod had that ended without a daemon is free again', { skip }, async (t) => {
  await withNetwork(t, { podCidr: '10.85.0.0/29' }, async ({ peapod, host }) => {
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      const published = name === 'one' ? ['-p', '8080:80'] : [];
      await peapod.ok('pod', 'create', '--name', name, ...published);
    }
    const before = await listRules(host);
    await endDaemons(peapod.root, 'SIGKILL');
    await peapod.ok('delete', 'pod', 'one');
    await peapod.ok('pod', 'create', '--name', 'six', '-p', '8080:80');
    t.equal((await listRules(host)).length, before.length);
    const ips = await Promise.all(['two', 'three', 'four', 'five', 'six'].map((name) => ipOf(peapod, name)));
    t.same(
      ips.sort(),
      [2, 3, 4, 5, 6].map((last) => `10.85.0.${last}`),
    );
  });
});

t.test('a bridge that a killed daemon had no more pods for goes with the next one', { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host }) => {
    const before = await networkState(host);
    await peapod.ok('pod', 'create', '--name', 'web');
    await peapod.ok('delete', 'pod', 'web');
    await endDaemons(peapod.root, 'SIGKILL');
    t.match((await networkState(host)).join('\n'), /^link pp-/m, 'it is still there');
    await peapod.ok('get', 'pods');
    await until('it is gone', async () => (await networkState(host)).length === before.length, 5000);
    t.same(await networkState(host), before);
  });
});
