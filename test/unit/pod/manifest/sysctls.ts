import t from 'tap';
import { loadManifests } from '../../../../src/pod/manifest/load.js';
import { loadPodObject } from '../../../../src/pod/manifest/load-object.js';
import { checkAllowedSysctls, sysctlsOf } from '../../../../src/pod/sysctls.js';
import { inSpec, problemsOf } from './fixtures/manifest-text.js';
import { podWithSysctl, sysctlCases } from './fixtures/sysctl-attacks.js';

const sysctl = (name: string, value = '1') =>
  `securityContext: {sysctls: [{name: ${name}, value: "${value}"}]}`;
const place = 'spec.securityContext.sysctls[0]';

function isAccepted(pod: object): boolean {
  try {
    loadPodObject(pod, { validate: 'ignore' });
    return true;
  } catch (error) {
    return (error as { code: string }).code !== 'PEAPOD_MANIFEST_INVALID';
  }
}

t.test('of many sysctls only the safe ones are accepted, whatever validation says', async (t) => {
  t.ok(sysctlCases.filter(({ isGood }) => !isGood).length >= 120);
  for (const one of sysctlCases) {
    t.equal(isAccepted(podWithSysctl(one)), one.isGood, JSON.stringify(one).slice(0, 100));
  }
});

t.test('a name with slashes is the same as one with dots', async (t) => {
  const { pod } = loadPodObject(podWithSysctl({ name: 'net/ipv4/tcp_syncookies', value: '1' }));
  t.same(sysctlsOf(pod), [{ name: 'net.ipv4.tcp_syncookies', value: '1' }]);
  const options = { allowedUnsafeSysctls: ['net.ipv4.conf.*'] };
  const name = 'net/ipv4/conf/eth0.1/rp_filter';
  const unsafe = loadPodObject(podWithSysctl({ name, value: '1' }), options);
  t.same(sysctlsOf(unsafe.pod), [{ name: 'net.ipv4.conf.eth0/1.rp_filter', value: '1' }]);
});

const cases: [title: string, text: string, problems: string[]][] = [
  [
    'one of the host',
    inSpec(sysctl('kernel.panic')),
    [`9:38: ${place}.name: "kernel.panic" is forbidden (SysctlForbidden): it is of the host, not of a pod`],
  ],
  [
    'an unsafe one',
    inSpec(sysctl('kernel.msgmax')),
    [
      `9:38: ${place}.name: "kernel.msgmax" is forbidden (SysctlForbidden): it is not one of the safe ones [serve with --allow-unsafe-sysctls to allow it]`,
    ],
  ],
  [
    'one of the network with hostNetwork',
    inSpec(sysctl('net.ipv4.tcp_syncookies'), 'hostNetwork: true'),
    [`9:38: ${place}.name: must not be set together with hostNetwork`],
  ],
  [
    'one of the IPC namespace with hostIPC',
    inSpec(sysctl('kernel.shm_rmid_forced'), 'hostIPC: true'),
    [`9:38: ${place}.name: must not be set together with hostIPC`],
  ],
  [
    'one that is there twice',
    inSpec(
      'securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}, {name: net/ipv4/tcp_syncookies, value: "0"}]}',
    ),
    [
      `9:83: spec.securityContext.sysctls[1].name: "net.ipv4.tcp_syncookies" is taken by spec.securityContext.sysctls[0].name`,
    ],
  ],
  [
    'one without a value',
    inSpec('securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies}]}'),
    [`9:31: ${place}.value: is required`],
  ],
  [
    'a value that is none',
    inSpec(sysctl('net.ipv4.tcp_syncookies', '+1')),
    [`9:70: ${place}.value: must be numbers with blanks, ".", ",", "-" between them, not "+1"`],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`a sysctl is refused: ${title}`, async (t) => {
    t.same(problemsOf(text), problems);
  });
}

t.test('the IPC ones go with hostNetwork, and those of the network with hostIPC', async (t) => {
  t.same(problemsOf(inSpec(sysctl('kernel.shm_rmid_forced'), 'hostNetwork: true')), []);
  t.same(problemsOf(inSpec(sysctl('net.ipv4.tcp_syncookies'), 'hostIPC: true')), []);
});

t.test('a network that is only joined is not changed; one of the pod’s own without links is', async (t) => {
  const text = (network: string) =>
    inSpec(sysctl('net.ipv4.tcp_syncookies')).replace(
      'metadata:',
      `metadata:\n  annotations: {peapod.dev/network: "${network}"}`,
    );
  t.same(problemsOf(text('none')), []);
  for (const network of ['pod:other', 'ns:/run/netns/blue']) {
    t.match(problemsOf(text(network)), [/must not be set in a network namespace that the pod only joins/]);
  }
});

t.test('what an engine allows is accepted: by name, or by its beginning', async (t) => {
  const load = (name: string, allowed: string[], value = 'bbr') =>
    loadManifests(inSpec(sysctl(name, value)), { allowedUnsafeSysctls: allowed });
  t.equal(load('net.ipv4.tcp_congestion_control', ['net.ipv4.tcp_*']).pods.length, 1);
  t.equal(load('net.ipv4.tcp_congestion_control', ['net.ipv4.tcp_congestion_control']).pods.length, 1);
  t.throws(() => load('net.ipv4.tcp_congestion_control', ['net.ipv4.tcp_congestion']), {
    code: 'PEAPOD_MANIFEST_INVALID',
  });
  t.throws(() => load('net.ipv4.tcp_congestion_control', ['net.*'], 'b\\nbr'), {
    code: 'PEAPOD_MANIFEST_INVALID',
  });
  t.throws(() => load('kernel.panic', ['kernel.*', '*', 'kernel.panic']), {
    code: 'PEAPOD_MANIFEST_INVALID',
  });
});

t.test('nothing can be allowed that is not of a namespace', async (t) => {
  t.doesNotThrow(() =>
    checkAllowedSysctls(['net.*', 'kernel.shm*', 'kernel.msgmax', 'kernel.sem', 'fs.mqueue.*']),
  );
  for (const pattern of ['*', 'kernel.*', 'kernel.panic', 'net*', 'fs.*', '', 'kernel.semx', 'n*']) {
    t.throws(() => checkAllowedSysctls([pattern]), { code: 'PEAPOD_USAGE' }, pattern);
  }
});
