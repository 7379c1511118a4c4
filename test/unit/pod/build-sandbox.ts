import t from 'tap';
import { buildSandboxSpec } from '../../../src/pod/build-sandbox.js';
import { makePod } from './fixtures/make-pod.js';

const own = { network: 'pod', hostname: 'web' } as const;

t.test(
  'a pod has its own network, IPC and UTS namespaces, and its containers a PID namespace each',
  async (t) => {
    t.strictSame(buildSandboxSpec(makePod(), 2, own), {
      podUid: 'u1',
      attempt: 2,
      hostname: 'web',
      network: 'pod',
      uts: 'pod',
      ipc: 'pod',
      pid: 'container',
      sysctls: [],
      podName: 'web',
      podNamespace: 'default',
      shmBytes: 67_108_864,
      memoryVolumes: [],
    });
  },
);

t.test("the host's network brings the host's name with it", async (t) => {
  t.match(buildSandboxSpec(makePod({ hostNetwork: true }), 0, { network: 'host', hostname: 'web' }), {
    network: 'host',
    uts: 'host',
    ipc: 'pod',
  });
});

t.test('the other namespaces are shared as asked', async (t) => {
  t.match(buildSandboxSpec(makePod({ hostIPC: true, hostPID: true }), 0, own), {
    ipc: 'host',
    pid: 'host',
  });
  t.match(buildSandboxSpec(makePod({ shareProcessNamespace: true }), 0, own), { pid: 'pod' });
});

t.test('volumes in memory are held by the sandbox, with their limit', async (t) => {
  const volumes = [
    { name: 'disk', emptyDir: {} },
    { name: 'all', emptyDir: { medium: 'Memory' } },
    { name: 'some', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ];
  t.strictSame(buildSandboxSpec(makePod({ volumes }), 0, own).memoryVolumes, [
    { name: 'all', sizeBytes: 0 },
    { name: 'some', sizeBytes: 67_108_864 },
  ]);
});

t.test('with a network that it joins, or that leads nowhere, a pod keeps its own name', async (t) => {
  const network = { path: '/run/netns/blue' };
  t.match(buildSandboxSpec(makePod(), 0, { network, hostname: 'web' }), { network, uts: 'pod', ipc: 'pod' });
  t.match(buildSandboxSpec(makePod(), 0, { network: 'none', hostname: 'web' }), {
    network: 'none',
    uts: 'pod',
  });
});

t.test('sysctls are named with dots', async (t) => {
  const sysctls = [{ name: 'net/ipv4/tcp_syncookies', value: '0' }];
  const { sysctls: found } = buildSandboxSpec(makePod({ securityContext: { sysctls } }), 0, own);
  t.same(found, [{ name: 'net.ipv4.tcp_syncookies', value: '0' }]);
});
