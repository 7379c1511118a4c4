import t from 'tap';
import { loadManifests } from '../../../../src/pod/manifest/load.js';
import { inSpec, problemsOf } from './fixtures/manifest-text.js';

t.test('hosts, names and resolvers of every kind are taken as they are', async (t) => {
  const text = inSpec(
    'hostname: web-1',
    'subdomain: shop',
    'setHostnameAsFQDN: true',
    'dnsPolicy: None',
    'dnsConfig:',
    '  nameservers: [10.0.0.53, "fd00::53", "::1"]',
    '  searches: [a.example, b.example., ., _tcp.example]',
    '  options: [{name: ndots, value: "2"}, {name: rotate}, {name: edns0, value: ""}]',
    'hostAliases: [{ip: 10.9.8.7, hostnames: [db, db.local]}, {ip: "fd00::7"}]',
  );
  const { pods, warnings } = loadManifests(text);
  t.same(warnings, []);
  t.match(pods[0]?.pod.spec, {
    dnsPolicy: 'None',
    dnsConfig: { searches: { length: 4 } },
    subdomain: 'shop',
  });
  t.same(problemsOf(inSpec(`hostnameOverride: ${'a'.repeat(64)}`)), []);
});

const cases: [title: string, text: string, problems: string[]][] = [
  [
    'a policy nobody knows',
    inSpec('dnsPolicy: ClusterFist'),
    [
      '9:14: spec.dnsPolicy: must be "ClusterFirst", "ClusterFirstWithHostNet", "Default" or "None", not "ClusterFist" [did you mean "ClusterFirst"?]',
    ],
  ],
  [
    'dnsPolicy None without a name server',
    inSpec('dnsPolicy: None'),
    [
      '6:3: spec.dnsConfig.nameservers: must have at least 1 item [with dnsPolicy: None there are no other name servers]',
    ],
  ],
  [
    'dnsPolicy None with an empty list',
    inSpec('dnsPolicy: None', 'dnsConfig: {nameservers: []}'),
    [
      '10:28: spec.dnsConfig.nameservers: must have at least 1 item [with dnsPolicy: None there are no other name servers]',
    ],
  ],
  [
    'four name servers',
    inSpec('dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4]}'),
    ['9:28: spec.dnsConfig.nameservers: must have at most 3 items, not 4'],
  ],
  [
    'a name server by name',
    inSpec('dnsConfig: {nameservers: [dns.example]}'),
    ['9:29: spec.dnsConfig.nameservers[0]: must be an IP address, such as 10.0.0.53 or fd00::53'],
  ],
  [
    'a name server on a link',
    inSpec('dnsConfig: {nameservers: ["fe80::1%eth0"]}'),
    ['9:29: spec.dnsConfig.nameservers[0]: must be an IP address, such as 10.0.0.53 or fd00::53'],
  ],
  [
    '33 search domains',
    inSpec(`dnsConfig: {searches: [${Array.from({ length: 33 }, () => 'a').join(', ')}]}`),
    ['9:25: spec.dnsConfig.searches: must have at most 32 items, not 33'],
  ],
  [
    'search domains of 2049 characters',
    inSpec(`dnsConfig: {searches: [${Array.from({ length: 10 }, () => 'a'.repeat(204)).join(', ')}]}`),
    ['9:25: spec.dnsConfig.searches: must be at most 2048 characters together, not 2049'],
  ],
  [
    'a search domain that would be a line of its own',
    inSpec('dnsConfig: {searches: ["a\\nnameserver 6.6.6.6"]}'),
    [
      '9:26: spec.dnsConfig.searches[0]: must be lower-case letters, digits, "-", "_" and ".", or "." alone for no domain',
    ],
  ],
  [
    'an option that would be a line of its own',
    inSpec('dnsConfig: {options: [{name: "a\\nb", value: "c d"}, {name: ""}]}'),
    [
      '9:32: spec.dnsConfig.options[0].name: must be printable ASCII characters without spaces',
      '9:47: spec.dnsConfig.options[0].value: must be printable ASCII characters without spaces',
      '9:62: spec.dnsConfig.options[1].name: must not be empty',
    ],
  ],
  [
    'an alias of no address',
    inSpec('hostAliases: [{ip: 10.0.0, hostnames: [a]}, {hostnames: [b]}]'),
    [
      '9:22: spec.hostAliases[0].ip: must be an IP address, such as 10.0.0.53 or fd00::53',
      '9:47: spec.hostAliases[1].ip: is required',
    ],
  ],
  [
    'an alias with a bad name',
    inSpec('hostAliases: [{ip: 10.0.0.1, hostnames: [My_Db, "a b"]}]'),
    [
      '9:44: spec.hostAliases[0].hostnames[0]: must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends [for example "my-db"]',
      '9:51: spec.hostAliases[0].hostnames[1]: must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends',
    ],
  ],
  [
    'a misspelt field of an alias',
    inSpec('hostAliases: [{ip: 10.0.0.1, hostname: a}]'),
    ['9:32: spec.hostAliases[0].hostname: unknown field [did you mean "hostnames"?]'],
  ],
  [
    'a hostnameOverride of 65 characters',
    inSpec(`hostnameOverride: ${'a'.repeat(65)}`),
    ['9:21: spec.hostnameOverride: must be no longer than 64 characters'],
  ],
  [
    'a hostnameOverride for a host, and as a full name',
    inSpec('hostnameOverride: a', 'hostNetwork: true', 'setHostnameAsFQDN: true'),
    [
      '9:21: spec.hostnameOverride: must not be set together with hostNetwork',
      '9:21: spec.hostnameOverride: must not be set together with setHostnameAsFQDN',
    ],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`${title} is refused at its place`, async (t) => t.same(problemsOf(text), problems));
}
