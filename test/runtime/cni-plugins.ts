import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { CniNetwork } from '../../src/network/cni/cni-network.js';
import { defaultPluginDirectories } from '../../src/network/cni/find-plugin.js';
import { requires } from '../scratch.js';
import { CniLab, cniPodOf } from './fixtures/cni.js';
import { shell, TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'host-local', 'iptables', 'ip');
const bridge = 'cni-test0';

/** What Debian's plugins are asked for: a bridge, addresses kept beneath `root`, and ports. */
function configure(lab: CniLab, root: string): string {
  const leases = join(root, 'leases');
  const range = { type: 'host-local', subnet: '10.77.0.0/24', dataDir: leases };
  lab.configure({
    cniVersion: '1.0.0',
    name: 'real',
    plugins: [
      { type: 'bridge', bridge, isGateway: true, hairpinMode: true, ipam: range },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
  return join(leases, 'real');
}

function leasesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => /^10\./.test(name));
}

function natRules(): string {
  const rules = execFileSync('iptables', ['-t', 'nat', '-S'], { encoding: 'utf8', stdio: 'pipe' });
  return rules.replace(/^-N CNI-HOSTPORT.*\n|^-A .* -j CNI-HOSTPORT.*\n|^-A CNI-HOSTPORT.*\n/gm, '');
}

function links(): string[] {
  return readdirSync('/sys/class/net');
}

/** Removes what the plugins leave by intent: the bridge. */
async function withBridge(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    if (links().includes(bridge)) execFileSync('ip', ['link', 'delete', bridge]);
  }
}

/** Runs `work` with a second pod that is connected, too. */
async function withNeighbour(
  pod: TestPod,
  network: CniNetwork,
  work: (neighbour: TestPod, address: string) => Promise<void>,
): Promise<void> {
  const neighbour = await new TestPod(pod.root, {}).open();
  try {
    const { addresses } = await network.add(cniPodOf(neighbour, { name: 'neighbour' }));
    await work(neighbour, addresses[0]?.address ?? '');
    await network.del(neighbour.spec.podUid);
  } finally {
    await neighbour.close();
  }
}

const server = shell('while true; do echo hello | nc -l -p 80; done');

function ask(address: string, port: number): string {
  const script = `for i in $(seq 100); do nc -w 1 ${address} ${port} < /dev/null && exit; sleep 0.05; done`;
  return execFileSync('/bin/busybox', ['sh', '-c', script], { encoding: 'utf8' });
}

t.test(
  "Debian's bridge, host-local and portmap connect pods, publish ports and let go",
  { skip },
  async (t) => {
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    await withBridge(() =>
      withPod(t, {}, async (pod) => {
        const lab = new CniLab(pod.root, { binDirs: defaultPluginDirectories });
        const leases = configure(lab, pod.root);
        const before = natRules();
        const network = lab.open();
        const ports = [{ protocol: 'TCP', hostPort: 8080, containerPort: 80 }] as const;
        const { addresses } = await network.add(cniPodOf(pod, { ports }));
        t.match(addresses, [
          { family: 4, address: /^10\.77\.0\.\d+$/, prefixLength: 24, gateway: '10.77.0.1' },
        ]);
        const own = addresses[0]?.address ?? '';
        await pod.start('server', server);
        t.equal(ask(own, 80), 'hello\n', 'the host reaches the pod');
        t.equal(ask('10.77.0.1', 8080), 'hello\n', 'and by the port of the host');
        t.equal(ask('127.0.0.1', 8080), 'hello\n');
        await withNeighbour(pod, network, async (neighbour, address) => {
          t.not(address, own);
          const client = shell(`until nc -w 1 ${own} 80 < /dev/null; do sleep 0.05; done`);
          t.equal(await neighbour.run('client', client), 'hello\n', 'pods reach each other');
          t.equal(leasesIn(leases).length, 2);
          // Of a pod with ports portmap 1.1 wants rules for IPv6, too, which it has not made.
          await network.check(neighbour.spec.podUid);
        });
        await network.del(pod.spec.podUid);
        t.same(leasesIn(leases), []);
        t.equal(natRules(), before);
        t.same(
          links().filter((name) => name.startsWith('veth')),
          [],
        );
        await t.rejects(network.check(pod.spec.podUid), { code: 'PEAPOD_CNI_FAILED' });
        execFileSync('ip', ['link', 'delete', bridge]);
      }),
    );
  },
);

t.test(
  'CHECK finds what somebody has changed, and DEL gives the address back after pause',
  { skip },
  async (t) => {
    await withBridge(() =>
      withPod(t, {}, async (pod) => {
        const lab = new CniLab(pod.root, { binDirs: defaultPluginDirectories });
        const leases = configure(lab, pod.root);
        const other = await new TestPod(pod.root, {}).open();
        const subject = cniPodOf(other);
        const network = lab.open();
        await network.add(subject);
        const flush = ['-t', String(subject.pause.pid), '-n', 'ip', 'address', 'flush', 'dev', 'eth0'];
        execFileSync('nsenter', flush);
        await t.rejects(network.check(subject.podUid), {
          code: 'PEAPOD_CNI_FAILED',
          details: { plugin: 'bridge', command: 'CHECK' },
        });
        t.equal(leasesIn(leases).length, 1);
        await other.close();
        await lab.open().del(subject.podUid);
        t.same(leasesIn(leases), [], 'nobody has the address any more');
        execFileSync('ip', ['link', 'delete', bridge]);
      }),
    );
  },
);

t.test('an address that cannot be had leaves nothing behind', { skip }, async (t) => {
  await withBridge(() =>
    withPod(t, {}, async (pod) => {
      const lab = new CniLab(pod.root, { binDirs: defaultPluginDirectories });
      const range = { type: 'host-local', subnet: '10.77.0.0/30', dataDir: join(pod.root, 'leases') };
      lab.configure({
        cniVersion: '0.4.0',
        name: 'small',
        type: 'bridge',
        bridge,
        isGateway: true,
        ipam: range,
      });
      const network = lab.open();
      await network.add(cniPodOf(pod));
      const other = await new TestPod(pod.root, {}).open();
      await t.rejects(network.add(cniPodOf(other)), {
        code: 'PEAPOD_CNI_FAILED',
        message: /^CNI plugin "bridge" failed \(ADD in the network "small"\): .*no IP addresses available/,
      });
      t.same(network.recorded(), [pod.spec.podUid]);
      await other.close();
      await network.del(pod.spec.podUid);
      execFileSync('ip', ['link', 'delete', bridge]);
    }),
  );
});
