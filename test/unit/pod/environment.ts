import type { Container } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { buildEnvironment, manifestVariables } from '../../../src/pod/environment.js';
import { makeContainer, makePod } from './fixtures/make-pod.js';

function variables(env: NonNullable<Container['env']>, pod = makePod()) {
  return Object.fromEntries(manifestVariables(pod, makeContainer('app', { env })));
}

t.test('a value may refer to the variables before it', async (t) => {
  const env = [
    { name: 'LATE', value: '$(HOST)' },
    { name: 'HOST', value: 'db' },
    { name: 'URL', value: 'tcp://$(HOST):$(PORT)' },
    { name: 'HOST', value: '$(HOST)2' },
    { name: 'NONE' },
  ];
  t.strictSame(variables(env), { LATE: '$(HOST)', HOST: 'db2', URL: 'tcp://db:$(PORT)', NONE: '' });
});

t.test(
  'the downward API knows the metadata, what the spec says of node and account, and addresses',
  async (t) => {
    const pod = makePod({ nodeName: 'here' });
    pod.metadata = { ...pod.metadata, labels: { 'app.kubernetes.io/name': 'shop' } };
    const of = (fieldPath: string, at = pod) =>
      variables([{ name: 'V', valueFrom: { fieldRef: { fieldPath } } }], at).V;
    t.equal(of('metadata.name'), 'web');
    t.equal(of('metadata.namespace'), 'default');
    t.equal(of('metadata.uid'), 'u1');
    t.equal(of("metadata.labels['app.kubernetes.io/name']"), 'shop');
    t.equal(of("metadata.annotations['none']"), '');
    t.equal(of('spec.nodeName'), 'here');
    t.equal(of('spec.serviceAccountName'), 'default');
    t.equal(of('status.podIPs'), '', 'nothing is known yet');
    const status = {
      podIP: '10.85.0.2',
      podIPs: [{ ip: '10.85.0.2' }, { ip: 'fd00::2' }],
      hostIP: '192.0.2.1',
      hostIPs: [{ ip: '192.0.2.1' }],
    };
    const known = { ...pod, status };
    t.equal(of('status.podIP', known), '10.85.0.2');
    t.equal(of('status.podIPs', known), '10.85.0.2,fd00::2');
    t.equal(of('status.hostIP', known), '192.0.2.1');
    t.equal(of('status.hostIPs', known), '192.0.2.1');
    t.throws(() => of('status.phase'), { code: 'PEAPOD_CONTAINER_CONFIG' });
  },
);

t.test('sources that are not supported are refused', async (t) => {
  const configMapKeyRef = { name: 'c', key: 'k' };
  t.throws(() => variables([{ name: 'V', valueFrom: { configMapKeyRef } }]), {
    code: 'PEAPOD_CONTAINER_CONFIG',
    message: 'Cannot fill the variable "V": configMapKeyRef is not supported',
    details: { reason: 'CreateContainerConfigError' },
  });
  const container = makeContainer('app', { envFrom: [{ configMapRef: { name: 'c' } }] });
  t.throws(() => manifestVariables(makePod(), container), { code: 'PEAPOD_CONTAINER_CONFIG' });
});

const sources = {
  imageEnv: [],
  variables: new Map<string, string>(),
  hostname: 'web',
  home: '/root',
  tty: false,
};

t.test('defaults come first, then the image, then the manifest', async (t) => {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  t.strictSame(buildEnvironment(sources), [path, 'HOSTNAME=web', 'HOME=/root']);
  t.strictSame(
    buildEnvironment({
      ...sources,
      tty: true,
      imageEnv: ['PATH=/bin', 'A=image', 'B=a=b'],
      variables: new Map([
        ['A', 'manifest'],
        ['HOME', '/srv'],
      ]),
    }),
    ['PATH=/bin', 'HOSTNAME=web', 'HOME=/srv', 'TERM=xterm', 'A=manifest', 'B=a=b'],
  );
});

t.test("an image's entry without a value takes nothing from anybody", async (t) => {
  const env = buildEnvironment({ ...sources, imageEnv: ['SECRET', '=x', 'A='] });
  t.strictSame(env.slice(3), ['A=']);
});
