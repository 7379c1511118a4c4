import t from 'tap';
import { loadManifests } from '../../../../src/pod/manifest/load.js';
import { inContainer, problemsOf } from './fixtures/manifest-text.js';

const c = 'spec.containers[0]';
const ports = (...lines: string[]) => inContainer('ports:', ...lines.map((line) => `  - {${line}}`));
const beside = (text: string) => `    - {name: b, image: b, ports: [{${text}}]}\n`;

t.test('a hostPort is right with each protocol and address', async (t) => {
  const text = ports(
    'containerPort: 80, hostPort: 8080',
    'containerPort: 80, hostPort: 8080, protocol: UDP',
    'containerPort: 80, hostPort: 8080, protocol: SCTP, hostIP: "::1"',
    'containerPort: 80, hostPort: 8081, hostIP: 127.0.0.1',
    'containerPort: 80, hostPort: 8081, hostIP: 127.0.0.2',
    'containerPort: 80, hostPort: 8082, hostIP: ""',
    'containerPort: 80',
    'containerPort: 80',
  );
  t.same(problemsOf(text), []);
  t.equal(loadManifests(text).warnings.length, 0);
});

const cases: [title: string, text: string, problems: string[]][] = [
  [
    'a hostPort out of range',
    ports('containerPort: 80, hostPort: 65536', 'containerPort: 80, hostPort: 0'),
    [
      `10:41: ${c}.ports[0].hostPort: must be from 1 to 65535, not 65536`,
      `11:41: ${c}.ports[1].hostPort: must be from 1 to 65535, not 0`,
    ],
  ],
  [
    'a hostIP that is no address',
    ports(
      'containerPort: 80, hostPort: 80, hostIP: localhost',
      'containerPort: 81, hostPort: 81, hostIP: fe80::1%eth0',
    ),
    [
      `10:53: ${c}.ports[0].hostIP: must be an IP address, such as 127.0.0.1 or ::1`,
      `11:53: ${c}.ports[1].hostIP: must be an IP address, such as 127.0.0.1 or ::1`,
    ],
  ],
  [
    'an unknown protocol',
    ports('containerPort: 80, hostPort: 80, protocol: tcp'),
    [`10:55: ${c}.ports[0].protocol: must be "TCP", "UDP" or "SCTP", not "tcp" [did you mean "TCP"?]`],
  ],
  [
    'one hostPort of two containers',
    `${ports('containerPort: 80, hostPort: 8080')}${beside('containerPort: 81, hostPort: 8080')}`,
    [`11:65: spec.containers[1].ports[0].hostPort: "8080/TCP" is taken by ${c}.ports[0].hostPort`],
  ],
  [
    'every address after a single one',
    ports('containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1', 'containerPort: 80, hostPort: 8080'),
    [`11:41: ${c}.ports[1].hostPort: "8080/TCP" is taken by ${c}.ports[0].hostPort`],
  ],
  [
    'every address of IPv4 after one of them',
    ports(
      'containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1',
      'containerPort: 80, hostPort: 8080, hostIP: "::"',
      'containerPort: 80, hostPort: 8080, hostIP: 0.0.0.0',
    ),
    [`12:41: ${c}.ports[2].hostPort: "0.0.0.0:8080/TCP" is taken by ${c}.ports[0].hostPort`],
  ],
  [
    'a single address after every one',
    ports(
      'containerPort: 80, hostPort: 8080, hostIP: "::"',
      'containerPort: 80, hostPort: 8080, hostIP: "::1"',
    ),
    [`11:41: ${c}.ports[1].hostPort: "[::1]:8080/TCP" is taken by ${c}.ports[0].hostPort`],
  ],
  [
    'one address in two forms',
    ports(
      'containerPort: 80, hostPort: 8080, hostIP: "fd00::1"',
      'containerPort: 80, hostPort: 8080, hostIP: "FD00:0::1"',
    ),
    [`11:41: ${c}.ports[1].hostPort: "[fd00::1]:8080/TCP" is taken by ${c}.ports[0].hostPort`],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`${title} is refused at its place`, async (t) => t.same(problemsOf(text), problems));
}

t.test('init containers may use one port after another, sidecars may not', async (t) => {
  const text = ports('containerPort: 80, hostPort: 8080');
  const init = (more: string) =>
    `${text}  initContainers:\n    - {name: a, image: a, ${more}ports: [{containerPort: 80, hostPort: 8080}]}\n`;
  t.same(problemsOf(init('')), []);
  t.match(problemsOf(init('restartPolicy: Always, ')), [
    /"8080\/TCP" is taken by spec\.initContainers\[0\]\.ports\[0\]\.hostPort/,
  ]);
});

t.test('thousands of ports on addresses of their own are checked in no time', async (t) => {
  const lines = Array.from(
    { length: 3000 },
    (_, at) => `containerPort: 80, hostPort: 8080, hostIP: 10.0.${at >> 8}.${at & 255}`,
  );
  t.same(problemsOf(ports(...lines)), []);
});
