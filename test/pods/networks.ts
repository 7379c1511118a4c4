import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { requires } from '../scratch.js';
import { endDaemons } from './fixtures/daemon.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { until } from './fixtures/until.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const address = 'ip -4 addr show dev eth0 | grep -o "inet [0-9.]*"';

function withNetwork(manifest: Pod, network: string): Pod {
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { 'peapod.dev/network': network } } };
}

async function pauseOf(peapod: Peapod, name: string): Promise<number> {
  return JSON.parse(await peapod.ok('inspect', name)).sandbox?.pid ?? 0;
}

t.test(
  'a pod that joins another has its address, and stays when that one loses its sandbox',
  { skip },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      await peapod.apply(withNetwork(pod('debug', [script(idle)]), 'pod:db'), '--wait=PodScheduled');
      await until('it waits', async () =>
        /there is no such pod/.test(await peapod.ok('describe', 'pod', 'debug')),
      );
      await peapod.apply(pod('db', [script(idle)]));
      await peapod.waitFor('debug', 'condition=Ready');
      const own = await peapod.shell('db', address);
      t.equal(await peapod.shell('debug', address), own);
      t.equal(await peapod.shell('debug', 'hostname'), 'debug');
      const before = await pauseOf(peapod, 'db');
      process.kill(before, 'SIGKILL');
      await until('db has another sandbox', async () => {
        const pid = await pauseOf(peapod, 'db');
        return pid !== 0 && pid !== before;
      });
      await peapod.waitFor('db', 'condition=Ready');
      t.not(await peapod.shell('db', address), own, 'db got another address');
      t.equal(await peapod.shell('debug', address), own, 'and the other kept what it had joined');
      t.equal((await peapod.get('debug')).status?.containerStatuses?.[0]?.restartCount, 0);
      await peapod.ok('delete', 'pod', 'db');
      t.equal(await peapod.shell('debug', 'cat /sys/class/net/lo/operstate'), 'unknown');
    });
  },
);

t.test('a pod may have no network, and its sysctls', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '80' }];
    const alone = withNetwork(pod('alone', [script(idle)], { securityContext: { sysctls } }), 'none');
    await peapod.apply(alone);
    t.equal(await peapod.shell('alone', 'ls /sys/class/net'), 'lo');
    t.equal(await peapod.shell('alone', 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start'), '80');
    t.equal((await peapod.get('alone')).status?.podIP, undefined);
    const unsafe = pod('unsafe', [script(idle)], {
      securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '64' }] },
    });
    const refused = await peapod.run(['apply', '-f', '-'], { input: JSON.stringify(unsafe) });
    t.match(refused, { status: 1, stderr: /"net.core.somaxconn" is forbidden \(SysctlForbidden\)/ });
  });
});

/** A configuration for Debian's plugins; where they keep the addresses they gave. */
function configureCni(root: string): { directory: string; leases: () => string[] } {
  const directory = join(dirname(root), 'net.d');
  const dataDir = join(dirname(root), 'leases');
  mkdirSync(directory);
  mkdirSync(join(dataDir, 'pods'), { recursive: true });
  const ipam = { type: 'host-local', subnet: '10.78.0.0/24', dataDir };
  const plugins = [
    { type: 'bridge', bridge: 'cni-test1', isGateway: true, ipam },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  writeFileSync(
    join(directory, '10-pods.conflist'),
    JSON.stringify({ cniVersion: '1.0.0', name: 'pods', plugins }),
  );
  return {
    directory,
    leases: () => readdirSync(join(dataDir, 'pods')).filter((name) => name.startsWith('10.')),
  };
}

async function curl(place: string): Promise<string> {
  return (await execa('curl', ['-s', '--max-time', '5', `http://${place}`], { reject: false })).stdout;
}

const noPlugins = requires('host-local', 'iptables', 'ip');

t.test('CNI plugins make the network, and are asked to undo it', { skip: skip || noPlugins }, async (t) => {
  await execa('ip', ['link', 'set', 'lo', 'up']);
  await withPeapod(t, async (peapod) => {
    const { directory, leases } = configureCni(peapod.root);
    await peapod.ok('serve', '--network', `cni:${directory}`);
    const serve = 'mkdir /www; echo page > /www/index.html; exec httpd -f -p 80 -h /www';
    await peapod.apply(pod('web', [script(serve, { ports: [{ containerPort: 80, hostPort: 18_090 }] })]));
    const { podIP = '' } = (await peapod.get('web')).status ?? {};
    t.match(podIP, /^10\.78\.0\.\d+$/);
    t.same(leases(), [podIP]);
    await until('it answers', async () => (await curl(podIP)) === 'page');
    t.equal(await curl('127.0.0.1:18090'), 'page');
    await endDaemons(peapod.root, 'SIGKILL');
    t.equal((await peapod.get('web')).status?.podIP, podIP, 'the next daemon knows it');
    process.kill(await pauseOf(peapod, 'web'), 'SIGKILL');
    await until('another sandbox has another address', async () => {
      const ip = (await peapod.get('web')).status?.podIP;
      return ip !== undefined && ip !== podIP;
    });
    t.equal(leases().length, 1, 'that of the sandbox that was lost is free again');
    await endDaemons(peapod.root, 'SIGKILL');
    await peapod.ok('delete', 'pod', 'web');
    t.same(leases(), []);
    await execa('ip', ['link', 'delete', 'cni-test1']);
  });
});
