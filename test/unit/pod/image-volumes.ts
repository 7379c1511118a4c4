import t from 'tap';
import { buildImageVolumes } from '../../../src/pod/container-mounts.js';

t.test("an image's volumes are places of its root, unless the manifest mounts there or above", async (t) => {
  const mount = {
    source: { kind: 'memory', volume: 'v' },
    target: '/v',
    readOnly: false,
    file: false,
  } as const;
  const volumes = ['/data/', 'cache', '/data', '/v/inner', '/v', '/var'];
  t.same(
    buildImageVolumes(volumes, [mount]),
    ['/data', '/cache', '/var'].map((target) => ({
      source: { kind: 'rootfs' },
      target,
      readOnly: false,
      file: false,
    })),
  );
  t.same(buildImageVolumes([], [mount]), []);
});
