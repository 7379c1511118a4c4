import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { PodAddress } from '../../src/network/attachment.js';
import { dumpLinks, findPodLinks, withRouteSocket } from '../../src/network/dump.js';
import { PodNetwork } from '../../src/network/pod-network.js';
import { decideNetwork } from '../../src/network/settings.js';
import { Wiring } from '../../src/network/wire.js';
import { createSandbox } from '../../src/sandbox/create.js';
import { requires } from '../scratch.js';
import { type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'ip');
const bridge = 'pp-spare0';

async function withSpare(
  { host, spec }: TestPod,
  work: (start: (podUid: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const settings = decideNetwork({ options: { bridge }, rootName: host.name, pods: [] });
  const { networkSettings: settingsPath, networkCursor: cursorPath } = host.paths;
  const network = new PodNetwork({ rootName: host.name, settings, settingsPath, cursorPath, warn: () => {} });
  const removals: (() => Promise<void>)[] = [];
  const start = async (podUid: string) => {
    const link = await network.link({ podUid, attempt: 0, ports: [] });
    removals.push(() => network.release({ podUid }));
    const sandbox = await createSandbox(host, { ...spec, podUid, network: 'pod' }, link);
    removals.push(() => sandbox.remove());
  };
  try {
    await start('first');
    while ((await withRouteSocket(undefined, (socket) => findPodLinks(socket, host.name))).length < 2)
      await sleep(50);
    // It is the engine's own when it has heard of that.
    await sleep(100);
    await work(start);
  } finally {
    for (const remove of removals.reverse()) await remove();
    await network.close();
  }
}

t.test('a network that cannot be made in time is an error, and nothing of it stays', { skip }, async (t) => {
  await withPod(t, { network: 'none' }, (pod) =>
    withSpare(pod, async (start) => {
      await start('second');
      // The spare is taken, and another one is not made at once.
      execFileSync('ip', ['link', 'delete', bridge]);
      const failed = { code: 'PEAPOD_NETWORK_UNAVAILABLE', details: { op: 'netlink' } };
      await t.rejects(start('third'), failed);
      const pairs = async () => {
        const links = await withRouteSocket(undefined, (socket) => dumpLinks(socket));
        return links.filter(({ name }) => name.startsWith('veth')).length;
      };
      // The kernel takes its time.
      for (let waits = 0; (await pairs()) > 2 && waits < 100; waits++) await sleep(50);
      t.equal(await pairs(), 2);
    }),
  );
});

t.test('a firewall that refuses a pod refuses that pod and nothing else', { skip }, async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  await withPod(t, { network: 'none' }, async ({ host }) => {
    const hostNetwork = openSync('/proc/self/ns/net', 'r');
    const place = { name: bridge, index: 1, owner: host.name, hasIpv6: false };
    const attachment = {
      ...{ podUid: 'refused', bridge, link: 'veth-refused', mac: '02:00:00:00:00:01', mtu: 1500, ports: [] },
      addresses: [
        { family: 4, address: '10.85.0.2', prefixLength: 16, gateway: '10.85.0.1' },
      ] satisfies PodAddress[],
    };
    const wiring = new Wiring(hostNetwork);
    const refusal = new Error('refused');
    await t.rejects(wiring.wire(attachment, place, Promise.reject(refusal)), refusal);
    await wiring.close();
    closeSync(hostNetwork);
  });
  t.same(unhandled, []);
});

t.test("a network made ahead is a pod's once it is on the bridge still", { skip }, async (t) => {
  for (const [damage, isFatal] of [
    ['true', false],
    [`ip link delete ${bridge}`, true],
  ] as const) {
    await withPod(t, { network: 'none' }, (pod) =>
      withSpare(pod, async (start) => {
        execFileSync('sh', ['-c', damage]);
        if (!isFatal) await start('second');
        else
          await t.rejects(start('second'), {
            code: 'PEAPOD_NETWORK_UNAVAILABLE',
            details: { op: 'netlink' },
          });
      }),
    );
  }
});
