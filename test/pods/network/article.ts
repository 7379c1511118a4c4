import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { projectRoot } from '../fixtures/project.js';
import { until } from '../fixtures/until.js';
import { hostAddress, skip, type TestNetwork, withNetwork } from '../fixtures/with-network.js';

const manifest = join(projectRoot, 'examples/nginx-proxy-pod.yaml');

/** The page comes from the application by nginx by the port of the host. */
async function serves(t: Test, { peapod, host, neighbour }: TestNetwork, name: string): Promise<void> {
  const page = `the application of ${name}`;
  await until('nginx and the application listen', async () => {
    return (await host.run('curl', '-s', '--retry', '3', 'localhost:8080')) === page;
  });
  t.match(
    await host.run('curl', '-si', 'localhost:8080'),
    /^Server: nginx/im,
    'curl localhost:8080 on the host',
  );
  t.equal(await neighbour.run('curl', '-s', `${hostAddress[4]}:8080`), page, 'and from a neighbour');
  const { stdout } = await peapod.run(['exec', name, '-c', 'app', '--', 'curl', '-s', 'localhost']);
  t.equal(stdout, page, 'and the containers see each other on localhost');
}

t.test('nginx in front of an application, with -p 8080:80 on the pod', { skip }, async (t) => {
  await withNetwork(t, {}, async (network) => {
    const { peapod } = network;
    await peapod.ok('apply', '-f', manifest, '--wait');
    t.equal(await peapod.ok('port', 'nginx-proxy'), '80/tcp -> 0.0.0.0:8080');
    await serves(t, network, 'nginx-proxy');
  });
});

t.test("the same on a pod made by hand, as a pause container is in docker's words", { skip }, async (t) => {
  await withNetwork(t, {}, async (network) => {
    const { peapod, host } = network;
    await peapod.ok('pod', 'create', '--name', 'pause', '-p', '8080:80');
    t.match(await host.run('sh', '-c', 'curl -s localhost:8080; echo $?'), /^7$/, 'nobody listens yet');
    const joined = parse(readFileSync(manifest, 'utf8')) as Pod;
    for (const container of joined.spec?.containers ?? []) container.ports = [];
    const metadata = { name: 'web', annotations: { 'peapod.dev/network': 'pod:pause' } };
    await peapod.apply({ ...joined, metadata });
    await serves(t, network, 'web');
  });
});
