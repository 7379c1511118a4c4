import t from 'tap';
import { buildBarePod } from '../../../src/pod/bare-pod.js';

t.test('buildBarePod: what is said, and no more', async (t) => {
  t.strictSame(buildBarePod({ name: 'web' }), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [] },
  });
  const all = {
    name: 'web',
    namespace: 'shop',
    labels: { a: 'b' },
    hostname: 'front',
    share: ['pid', 'net', 'uts', 'ipc'],
    network: 'none',
  } as const;
  t.match(buildBarePod({ ...all, dns: { nameservers: ['1.1.1.1'] } }), {
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { a: 'b' },
      annotations: { 'peapod.dev/network': 'none' },
    },
    spec: { hostname: 'front', shareProcessNamespace: true, dnsConfig: { nameservers: ['1.1.1.1'] } },
  });
});

t.test('buildBarePod: each network', async (t) => {
  const of = (network: string) => buildBarePod({ name: 'web', network });
  t.notOk(of('private').metadata?.annotations);
  t.equal(of('host').spec?.hostNetwork, true);
  for (const text of ['pod:db', 'container:db/main', 'ns:/run/netns/blue']) {
    t.equal(of(text).metadata?.annotations?.['peapod.dev/network'], text);
  }
  t.throws(() => of('hots'), { code: 'PEAPOD_USAGE', hint: 'Did you mean "host"?' });
  t.throws(() => of('bridge'), { code: 'PEAPOD_USAGE', hint: /^Write private, host/ });
});

t.test('buildBarePod: network, IPC and UTS are always shared', async (t) => {
  t.throws(() => buildBarePod({ name: 'web', share: ['pid', 'net'] }), {
    code: 'PEAPOD_UNSUPPORTED',
    message: 'Cannot leave ipc, uts out of what a pod shares',
  });
  const share = ['net', 'ipc', 'uts', 'pd'] as never;
  t.throws(() => buildBarePod({ name: 'web', share }), { code: 'PEAPOD_USAGE', hint: 'Did you mean "pid"?' });
});
