import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { answering, askAt, askIn } from '../fixtures/answers.js';
import { pod } from '../fixtures/manifest.js';
import { until } from '../fixtures/until.js';
import { hostAddress, neighbourAddress, skip, withNetwork } from '../fixtures/with-network.js';

function joining(manifest: Pod, network: string): Pod {
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { 'peapod.dev/network': network } } };
}

t.test("a pod on the host's network has the host's addresses", { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host, neighbour }) => {
    await peapod.apply(pod('server', [answering('server')], { hostNetwork: true }));
    t.same(await askAt(neighbour, `tcp://${hostAddress[4]}:80`), [`server to ${neighbourAddress[4]}`]);
    t.equal((await peapod.get('server')).status?.podIP, hostAddress[4]);
    t.equal((await host.list('link')).length, 2, 'without a bridge');
    await peapod.apply(pod('web', [answering('web')]));
    const [, answer] = await askIn(peapod, 'web', 'tcp://10.85.0.1:80', 'tcp://server:80');
    t.equal(answer, 'server to 10.85.0.2', 'pods find it by its name');
  });
});

t.test("a pod joins the network of another one's container while that runs", { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod }) => {
    await peapod.apply(pod('web', [answering('web')]));
    await peapod.apply(
      joining(pod('debug', [answering('debug', { command: ['sleep', '1000'] })]), 'container:web/main'),
    );
    t.same(await askIn(peapod, 'debug', 'tcp://127.0.0.1:80'), ['web to 127.0.0.1']);
    await peapod.apply(
      joining(pod('lost', [answering('lost')]), 'container:web/sidecar'),
      '--wait=PodScheduled',
    );
    await until('it says why', async () =>
      /network of pod "web": its container "sidecar" does not run/.test(
        await peapod.ok('describe', 'pod', 'lost'),
      ),
    );
  });
});

t.test('a pod joins a network namespace by its path', { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host, neighbour }) => {
    await peapod.apply(joining(pod('guest', [answering('guest')]), `ns:/proc/${neighbour.pid}/ns/net`));
    t.same(await askAt(host, `tcp://${neighbourAddress[4]}:80`), [`guest to ${hostAddress[4]}`]);
    await peapod.ok('delete', 'pod', 'guest');
    t.equal((await neighbour.list('link')).length, 2, 'which stays as it was');
  });
});
