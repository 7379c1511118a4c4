import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { withLeakCheck } from '../leaks.js';
import { requires, scratchDirectory } from '../scratch.js';
import { endDaemons } from './fixtures/daemon.js';
import { pod } from './fixtures/manifest.js';
import { Peapod } from './fixtures/peapod.js';
import { projectRoot } from './fixtures/project.js';
import { withDockerIo } from './fixtures/registry.js';
import { containerStatus } from './fixtures/status.js';
import { until } from './fixtures/until.js';
import { withEmptyPeapod } from './fixtures/with-empty-peapod.js';
import { cgroupName } from './fixtures/with-peapod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'nginx', 'busybox', 'curl', 'docker-registry', 'skopeo');
const article = join(projectRoot, 'examples/nginx-busybox-pod.yaml');

async function eventsOf(peapod: Peapod, name: string): Promise<string> {
  return peapod.ok('describe', 'pod', name);
}

t.test("the articles' pod, its images pulled from docker.io as it is mirrored", { skip }, async (t) => {
  await withDockerIo(t, (config) =>
    withEmptyPeapod(t, config, async (peapod) => {
      t.equal(await peapod.ok('apply', '-f', article, '--wait'), 'pod/nginx-busybox created');
      const found = await peapod.get('nginx-busybox');
      const { imageID } = containerStatus(found, 'nginx') ?? {};
      t.match(imageID, /^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/);
      const told = await eventsOf(peapod, 'nginx-busybox');
      t.match(told, /Pulling +.*Pulling image "nginx"/);
      t.match(
        told,
        /Successfully pulled image "yauritux\/busybox-curl" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\./,
      );
      t.match(await peapod.shell('nginx-busybox/busybox', 'curl -s localhost'), /nginx/i);

      const refused = await peapod.run(['rmi', 'nginx']);
      t.match(refused, { status: 1, stderr: /pod "nginx-busybox" uses it/ });
      await peapod.ok('rmi', '--force', 'nginx');
      t.match(
        await peapod.shell('nginx-busybox/nginx', 'ls /usr/sbin/nginx'),
        '/usr/sbin/nginx',
        'what runs goes on',
      );
      await peapod.ok('delete', 'nginx-busybox');
      await peapod.ok('rmi', 'yauritux/busybox-curl');
      const layers = join(peapod.root, 'state/images/layers');
      await until('layers nobody needs are gone', async () => readdirSync(layers).length <= 1);
    }),
  );
});

t.test('pull, images, tag, image inspect and check', { skip }, async (t) => {
  await withDockerIo(t, (config) =>
    withEmptyPeapod(t, config, async (peapod) => {
      const pulled = await peapod.run(['pull', 'nginx']);
      t.match(pulled, {
        status: 0,
        stdout: /^docker\.io\/library\/nginx:latest sha256:/,
        stderr: /Pulling nginx\n.*Done/s,
      });
      const [, digest = ''] = pulled.stdout.split(' ');
      t.match(await peapod.ok('images', '--digests'), `nginx`);
      t.match(await peapod.run(['pull', '-q', `nginx@${digest}`, 'no/such']), {
        status: 1,
        stdout: `docker.io/library/nginx@${digest}`,
        stderr: /Cannot pull docker.io\/no\/such:latest/,
      });
      await peapod.ok('tag', 'nginx', 'web:1');
      const [image] = JSON.parse(await peapod.ok('image', 'inspect', 'web:1'));
      t.match(image, { Config: { Cmd: ['nginx', '-g', 'daemon off;'] }, Architecture: 'amd64' });
      t.match(await peapod.run(['image', 'check']), { status: 0, stderr: / 0 damaged/ });
      for (const format of ['oci-archive', 'docker-archive']) {
        const path = join(peapod.root, `${format}.tar`);
        await peapod.ok('save', '--format', format, '-o', path, 'web:1');
        await peapod.ok('rmi', 'web:1');
        t.equal(await peapod.ok('load', '-i', path), `docker.io/library/web:1 ${image.Id}`, format);
        t.equal(await peapod.ok('load', '-q', '-i', path, '--as', 'other'), 'docker.io/library/other:latest');
      }
      await peapod.ok('rmi', 'other', 'web:1', 'nginx', `nginx@${digest}`);
      t.notMatch(await peapod.ok('images'), /nginx/);
      t.match(await peapod.run(['rmi', 'nginx']), { status: 1, stderr: /not in the store/ });
    }),
  );
});

t.test(
  'without its registry an image that is here is used where no policy is stated',
  { skip },
  async (t) => {
    const container = { name: 'main', image: 'nginx' };
    let root = '';
    let config = '';
    await withDockerIo(t, async (path) => {
      config = path;
      root = join(scratchDirectory(t), 'root');
      mkdirSync(root, { mode: 0o700 });
      const peapod = new Peapod(root, { env: { PEAPOD_REGISTRY_CONFIG: path } });
      await peapod.ok('pull', '-q', 'nginx');
      await endDaemons(root, 'SIGTERM');
    });
    const peapod = new Peapod(root, { env: { PEAPOD_REGISTRY_CONFIG: config } });
    const use = async () => {
      await peapod.apply(pod('unstated', [container]));
      t.match(
        await eventsOf(peapod, 'unstated'),
        /Warning +RegistryUnavailable .*Using image "nginx" as it is/,
      );
      await peapod.apply(pod('pause', [{ name: 'main', image: 'k8s.gcr.io/pause:3.1' }]));
      t.match(
        await eventsOf(peapod, 'pause'),
        /Warning +RegistryUnavailable .*Using peapod's own in place of image "k8s\.gcr\.io\/pause:3\.1"/,
      );
      await peapod.apply(pod('stated', [{ ...container, imagePullPolicy: 'Always' }]), '--validate=strict');
      await until('it waits for its image', async () => {
        const status = containerStatus(await peapod.get('stated'), 'main');
        return /ErrImagePull|ImagePullBackOff/.test(status?.state?.waiting?.reason ?? '');
      });
      t.match(
        await eventsOf(peapod, 'stated'),
        /Failed to pull image "nginx": Cannot pull docker\.io\/library\/nginx:latest/,
      );
      await peapod.stop();
    };
    await withLeakCheck(t, use, { cgroups: [cgroupName(root)] });
  },
);
