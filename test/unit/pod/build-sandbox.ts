import t from 'tap';
import { buildSandboxSpec } from '../../../src/pod/build-sandbox.js';
import { makePod } from './fixtures/make-pod.js';

t.test(
  'a pod has its own network, IPC and UTS namespaces, and its containers a PID namespace each',
  async (t) => {
    t.strictSame(buildSandboxSpec(makePod(), 2), {
      podUid: 'u1',
      attempt: 2,
      hostname: 'web',
      network: 'pod',
      uts: 'pod',
      ipc: 'pod',
      pid: 'container',
      shmBytes: 67_108_864,
      memoryVolumes: [],
    });
  },
);

t.test("the host's network brings the host's name with it", async (t) => {
  t.match(buildSandboxSpec(makePod({ hostNetwork: true }), 0), { network: 'host', uts: 'host', ipc: 'pod' });
});

t.test('the other namespaces are shared as asked', async (t) => {
  t.match(buildSandboxSpec(makePod({ hostIPC: true, hostPID: true }), 0), { ipc: 'host', pid: 'host' });
  t.match(buildSandboxSpec(makePod({ shareProcessNamespace: true }), 0), { pid: 'pod' });
});

t.test(
  'the hostname is the one asked for, or the name, at most 63 characters and no - or . at the cut',
  async (t) => {
    const named = (name: string) => buildSandboxSpec({ ...makePod(), metadata: { name } }, 0).hostname;
    t.equal(buildSandboxSpec(makePod({ hostname: 'other' }), 0).hostname, 'other');
    t.equal(named('a'.repeat(63)), 'a'.repeat(63));
    t.equal(named(`${'a'.repeat(60)}.-.b`), 'a'.repeat(60));
    t.equal(named('a'.repeat(100)).length, 63);
  },
);

t.test('volumes in memory are held by the sandbox, with their limit', async (t) => {
  const volumes = [
    { name: 'disk', emptyDir: {} },
    { name: 'all', emptyDir: { medium: 'Memory' } },
    { name: 'some', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ];
  t.strictSame(buildSandboxSpec(makePod({ volumes }), 0).memoryVolumes, [
    { name: 'all', sizeBytes: 0 },
    { name: 'some', sizeBytes: 67_108_864 },
  ]);
});
