import t from 'tap';
import { basePod, inContainer, inMetadata, inSpec, problemsOf } from './fixtures/manifest-text.js';

const c = 'spec.containers[0]';

const cases: [title: string, text: string, problems: string[]][] = [
  [
    'a negative grace period',
    inSpec('terminationGracePeriodSeconds: -1'),
    ['9:34: spec.terminationGracePeriodSeconds: must be at least 0, not -1'],
  ],
  [
    'a deadline of zero',
    inSpec('activeDeadlineSeconds: 0'),
    ['9:26: spec.activeDeadlineSeconds: must be from 1 to 2147483647, not 0'],
  ],
  [
    'port 0',
    inContainer('ports: [{containerPort: 0}]'),
    [`9:31: ${c}.ports[0].containerPort: must be from 1 to 65535, not 0`],
  ],
  [
    'port 65536',
    inContainer('ports: [{containerPort: 65536}]'),
    [`9:31: ${c}.ports[0].containerPort: must be from 1 to 65535, not 65536`],
  ],
  [
    'an unknown protocol',
    inContainer('ports: [{containerPort: 1, protocol: tcp}]'),
    [`9:44: ${c}.ports[0].protocol: must be "TCP", "UDP" or "SCTP", not "tcp" [did you mean "TCP"?]`],
  ],
  [
    'an unknown restart policy',
    inSpec('restartPolicy: always'),
    [
      '9:18: spec.restartPolicy: must be "Always", "OnFailure" or "Never", not "always" [did you mean "Always"?]',
    ],
  ],
  [
    'a user of 2^32',
    inContainer('securityContext: {runAsUser: 4294967296}'),
    [`9:36: ${c}.securityContext.runAsUser: must be from 0 to 2147483647, not 4294967296`],
  ],
  [
    'a user of 2^31',
    inSpec('securityContext: {runAsUser: 2147483648}'),
    ['9:32: spec.securityContext.runAsUser: must be from 0 to 2147483647, not 2147483648'],
  ],
  [
    'a user of 2^64',
    inSpec('securityContext: {runAsUser: 18446744073709551616}'),
    ['9:32: spec.securityContext.runAsUser: must be from 0 to 2147483647, not 18446744073709551616'],
  ],
  [
    'a negative group',
    inSpec('securityContext: {supplementalGroups: [1, -1]}'),
    ['9:45: spec.securityContext.supplementalGroups[1]: must be from 0 to 2147483647, not -1'],
  ],
  [
    'a user by name',
    inSpec('securityContext: {runAsUser: root}'),
    ['9:32: spec.securityContext.runAsUser: must be a whole number, not the string "root"'],
  ],
  [
    'a misspelt capability',
    inContainer('securityContext: {capabilities: {add: [NET_ADMN]}}'),
    [
      `9:46: ${c}.securityContext.capabilities.add[0]: must be the name of a capability [did you mean "NET_ADMIN"?]`,
    ],
  ],
  [
    'a misspelt signal',
    inContainer('lifecycle: {stopSignal: SIGTREM}'),
    [`9:31: ${c}.lifecycle.stopSignal: must be the name of a signal [did you mean "SIGTERM"?]`],
  ],
  [
    'a malformed quantity',
    inSpec('volumes: [{name: a, emptyDir: {sizeLimit: 64MB}}]'),
    [
      '9:45: spec.volumes[0].emptyDir.sizeLimit: must be a quantity such as 250m or 64Mi, not the string "64MB"',
    ],
  ],
  [
    'a negative quantity',
    inSpec('volumes: [{name: a, emptyDir: {sizeLimit: -1}}]'),
    ['9:45: spec.volumes[0].emptyDir.sizeLimit: must be at least 0'],
  ],
  [
    'an unknown medium',
    inSpec('volumes: [{name: a, emptyDir: {medium: memory}}]'),
    ['9:42: spec.volumes[0].emptyDir.medium: must be "" or "Memory" [did you mean "Memory"?]'],
  ],
  [
    'an unknown type of host path',
    inSpec('volumes: [{name: a, hostPath: {path: /a, type: Dir}}]'),
    [
      '9:50: spec.volumes[0].hostPath.type: must be "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice" or "BlockDevice", not "Dir"',
    ],
  ],
  [
    'a relative host path',
    inSpec('volumes: [{name: a, hostPath: {path: etc}}]'),
    ['9:40: spec.volumes[0].hostPath.path: must be an absolute path [for example "/etc"]'],
  ],
  [
    'a host path that climbs',
    inSpec('volumes: [{name: a, hostPath: {path: /var/../etc}}]'),
    ['9:40: spec.volumes[0].hostPath.path: must not contain ".."'],
  ],
  [
    'a label with a bad key',
    inMetadata('labels: {"a b": c}'),
    [
      '5:12: metadata.labels["a b"]: the key must be letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    ],
  ],
  [
    'a label with a bad value',
    inMetadata('labels: {a: "b c"}'),
    [
      '5:15: metadata.labels.a: must be letters, digits, "-", "_" and ".", with a letter or digit at both ends',
    ],
  ],
  [
    'a label that is a number',
    inMetadata('labels: {version: 1}'),
    ['5:21: metadata.labels.version: must be a string, not the integer 1 [quote it: "1"]'],
  ],
  ['labels as a list', inMetadata('labels: [a]'), ['5:11: metadata.labels: must be a mapping, not a list']],
  [
    'an annotation with a bad prefix',
    inMetadata('annotations: {"_/a": c}'),
    [
      '5:17: metadata.annotations["_/a"]: the part of the key before "/" must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends',
    ],
  ],
  [
    'another operating system',
    inSpec('os: {name: windows}'),
    ['9:14: spec.os.name: must be "linux", not "windows"'],
  ],
  [
    'an image of white space',
    basePod.replace('nginx', '"ngi nx"'),
    [`8:14: ${c}.image: must not hold white space`],
  ],
  ['an empty image', basePod.replace('nginx', '""'), [`8:14: ${c}.image: must not be empty`]],
  [
    'a path of a field nobody has',
    inContainer('env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.nme}}}]'),
    [
      `9:57: ${c}.env[0].valueFrom.fieldRef.fieldPath: must be one of metadata.name, metadata.namespace, metadata.uid, spec.nodeName, spec.serviceAccountName, status.podIP, status.podIPs, status.hostIP, status.hostIPs [did you mean "metadata.name"?]`,
    ],
  ],
  [
    'whole labels in a variable',
    inContainer('env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.labels}}}]'),
    [
      `9:57: ${c}.env[0].valueFrom.fieldRef.fieldPath: must be one of metadata.name, metadata.namespace, metadata.uid, spec.nodeName, spec.serviceAccountName, status.podIP, status.podIPs, status.hostIP, status.hostIPs [did you mean "metadata.name"?]`,
    ],
  ],
  [
    'a variable with "=" in its name',
    inContainer('env: [{name: A=B, value: x}]'),
    [`9:20: ${c}.env[0].name: must be printable ASCII characters other than "="`],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`${title} is refused at its place`, async (t) => t.same(problemsOf(text), problems));
}
