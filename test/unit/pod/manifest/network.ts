import t from 'tap';
import { parseNetworkChoice } from '../../../../src/pod/network-choice.js';
import { inMetadata, problemsOf } from './fixtures/manifest-text.js';

const forms = '"none", "pod:NAME", "container:POD[/CONTAINER]" or "ns:/PATH"';
const at = '5:39: metadata.annotations["peapod.dev/network"]';

function problems(network: string, ...spec: string[]): string[] {
  const text = inMetadata(`annotations: {"peapod.dev/network": "${network}"}`);
  return problemsOf(text + spec.map((line) => `  ${line}\n`).join(''));
}

t.test('a network is chosen by one of four forms', async (t) => {
  t.strictSame(parseNetworkChoice('none'), { kind: 'none' });
  t.strictSame(parseNetworkChoice('pod:db'), { kind: 'pod', pod: 'db' });
  t.strictSame(parseNetworkChoice('container:db'), { kind: 'pod', pod: 'db', container: true });
  t.strictSame(parseNetworkChoice('container:db/main'), { kind: 'pod', pod: 'db', container: 'main' });
  t.strictSame(parseNetworkChoice('ns:/run/netns/blue'), { kind: 'namespace', path: '/run/netns/blue' });
  for (const network of ['none', 'pod:db', 'container:db', 'container:db/main', 'ns:/run/netns/blue']) {
    t.same(problems(network), [], network);
  }
});

const crooked = [
  '',
  'None',
  'bridge',
  'pod',
  'pod:',
  'pod:a/b',
  'container:',
  'container:a/',
  'container:a/b/c',
];

t.test('whatever else is asked for is an error that names the forms', async (t) => {
  for (const text of [...crooked, 'ns:', 'ns:run/netns/blue', 'ns:../x', 'pod:a b', ' none', 'pod:a:b']) {
    t.same(problems(text), [`${at}: must be ${forms}, not ${JSON.stringify(text)}`], text);
  }
  t.match(problems('host'), [/\[spec\.hostNetwork: true is what asks for the network of the host\]$/]);
});

t.test('a pod does not join itself', async (t) => {
  for (const text of ['pod:web', 'container:web', 'container:web/web']) {
    t.same(problems(text), [`${at}: must name another pod than this one`]);
  }
});

t.test('hostNetwork and ports of the host exclude another network', async (t) => {
  t.same(problems('none', 'hostNetwork: true'), [`${at}: must not be set together with hostNetwork`]);
  const ports = '    ports: [{containerPort: 80, hostPort: 8080}]';
  const path = 'spec.containers[0].ports[0].hostPort';
  const wanted = `10:35: ${path}: must not be set together with the annotation peapod.dev/network`;
  t.ok(problems('pod:db', ports).includes(wanted));
});
