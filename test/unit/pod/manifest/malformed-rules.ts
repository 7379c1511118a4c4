import t from 'tap';
import { inContainer, inSpec, problemsOf } from './fixtures/manifest-text.js';

const c = 'spec.containers[0]';

const cases: [title: string, text: string, problems: string[]][] = [
  [
    'a container name used twice',
    inSpec('  - {name: web, image: a}'),
    ['9:14: spec.containers[1].name: "web" is taken by spec.containers[0].name'],
  ],
  [
    'a name of an init container used again',
    inSpec('initContainers: [{name: web, image: a}]'),
    ['7:13: spec.containers[0].name: "web" is taken by spec.initContainers[0].name'],
  ],
  [
    'a volume name used twice',
    inSpec('volumes: [{name: a}, {name: a}]'),
    ['9:31: spec.volumes[1].name: "a" is taken by spec.volumes[0].name'],
  ],
  [
    'a mount of an unknown volume',
    `${inContainer('volumeMounts: [{name: htm, mountPath: /a}]')}  volumes: [{name: html}]\n`,
    [`9:29: ${c}.volumeMounts[0].name: no volume is named "htm" [did you mean "html"?]`],
  ],
  [
    'a mount where there is no volume',
    inContainer('volumeMounts: [{name: a, mountPath: /a}]'),
    [`9:29: ${c}.volumeMounts[0].name: no volume is named "a" [spec.volumes is empty]`],
  ],
  [
    'two mounts at one place',
    inContainer('volumeMounts:', '  - {name: a, mountPath: /a}', '  - {name: a, mountPath: /a/}') +
      '  volumes: [{name: a}]\n',
    [`11:32: ${c}.volumeMounts[1].mountPath: "/a" is taken by ${c}.volumeMounts[0].mountPath`],
  ],
  [
    'a relative mount path',
    `${inContainer('volumeMounts: [{name: a, mountPath: a}]')}  volumes: [{name: a}]\n`,
    [`9:43: ${c}.volumeMounts[0].mountPath: must be an absolute path [for example "/a"]`],
  ],
  [
    'a mount path with a colon',
    `${inContainer('volumeMounts: [{name: a, mountPath: "/a:b"}]')}  volumes: [{name: a}]\n`,
    [`9:43: ${c}.volumeMounts[0].mountPath: must not contain ":"`],
  ],
  [
    'a mount over the root',
    `${inContainer('volumeMounts: [{name: a, mountPath: //}]')}  volumes: [{name: a}]\n`,
    [`9:43: ${c}.volumeMounts[0].mountPath: must not be the root directory`],
  ],
  [
    'an absolute subPath',
    `${inContainer('volumeMounts: [{name: a, mountPath: /a, subPath: /b}]')}  volumes: [{name: a}]\n`,
    [`9:56: ${c}.volumeMounts[0].subPath: must be a relative path`],
  ],
  [
    'a subPath that climbs',
    `${inContainer('volumeMounts: [{name: a, mountPath: /a, subPath: b/../../c}]')}  volumes: [{name: a}]\n`,
    [`9:56: ${c}.volumeMounts[0].subPath: must not contain ".."`],
  ],
  [
    'a volume of two kinds',
    inSpec('volumes: [{name: a, emptyDir: {}, hostPath: {path: /a}}]'),
    ['9:37: spec.volumes[0].hostPath: only one of emptyDir or hostPath may be set'],
  ],
  [
    'a value and valueFrom',
    inContainer('env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]'),
    [`9:33: ${c}.env[0].valueFrom: only one of value or valueFrom may be set`],
  ],
  [
    'an empty valueFrom',
    inContainer('env: [{name: A, valueFrom: {}}]'),
    [
      `9:34: ${c}.env[0].valueFrom: one of fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef or fileKeyRef is required`,
    ],
  ],
  [
    'hostPID with a shared PID namespace',
    inSpec('hostPID: true', 'shareProcessNamespace: true'),
    [
      "10:26: spec.shareProcessNamespace: must not be true together with hostPID [with hostPID all containers are in the host's PID namespace already]",
    ],
  ],
  [
    'two ports of one name',
    inContainer('ports:', '  - {name: http, containerPort: 80}', '  - {name: http, containerPort: 81}'),
    [`11:18: ${c}.ports[1].name: "http" is taken by ${c}.ports[0].name`],
  ],
  [
    'a hostPort unlike its containerPort',
    inSpec('hostNetwork: true').replace(
      '      image: nginx',
      '      image: nginx\n      ports: [{containerPort: 80, hostPort: 81}]',
    ),
    [`9:45: ${c}.ports[0].hostPort: with hostNetwork it must equal containerPort, 80`],
  ],
  [
    'one port of the host twice',
    `${inContainer('ports: [{containerPort: 80}]')}    - {name: b, image: b, ports: [{containerPort: 80}]}\n  hostNetwork: true\n`,
    [`10:51: spec.containers[1].ports[0].containerPort: "80/TCP" is taken by ${c}.ports[0].containerPort`],
  ],
  [
    'a promise SYS_ADMIN breaks',
    inContainer(
      'securityContext:',
      '  allowPrivilegeEscalation: false',
      '  capabilities: {add: [SYS_ADMIN]}',
    ),
    [
      `10:35: ${c}.securityContext.allowPrivilegeEscalation: must not be false when the capability SYS_ADMIN is added`,
    ],
  ],
  [
    'a hook of a plain init container',
    inSpec('initContainers:', '  - name: a', '    image: a', '    lifecycle: {stopSignal: SIGINT}'),
    [
      '12:7: spec.initContainers[0].lifecycle: is only for sidecars among the init containers [set restartPolicy: Always to make it a sidecar]',
    ],
  ],
  [
    'two service accounts',
    inSpec('serviceAccount: a', 'serviceAccountName: b'),
    ['9:19: spec.serviceAccount: must equal serviceAccountName'],
  ],
  [
    '65 containers',
    inSpec(...Array.from({ length: 64 }, (_, index) => `  - {name: c${index}, image: a}`)),
    ['7:5: spec.containers: must have at most 64 items, not 65'],
  ],
  [
    '65 containers of two kinds',
    inSpec('initContainers:', ...Array.from({ length: 64 }, (_, index) => `  - {name: c${index}, image: a}`)),
    ['6:3: spec: a pod has at most 64 containers, not 65'],
  ],
  [
    'annotations of 300 KiB',
    `${inSpec()}`.replace('spec:', `  annotations: {a: ${'x'.repeat(300 * 1024)}}\nspec:`),
    ['5:16: metadata.annotations: must be at most 262144 bytes together, not 307201'],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`${title} is refused at its place`, async (t) => t.same(problemsOf(text), problems));
}
