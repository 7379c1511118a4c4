import { readFileSync } from 'node:fs';
import t from 'tap';
import { loadManifests } from '../../../../src/pod/manifest/load.js';

t.test("the article's manifest loads without a warning", (t) => {
  const text = readFileSync('examples/nginx-busybox-pod.yaml', 'utf8');
  const { pods, warnings } = loadManifests(text, { source: 'nginx-busybox-pod.yaml' });
  const [loaded] = pods;
  t.equal(pods.length, 1);
  t.same(warnings, []);
  t.match(loaded?.pod.spec?.containers[1], {
    name: 'busybox',
    image: 'yauritux/busybox-curl',
    command: ['/bin/sh'],
    args: ['-c', 'while true; do sleep 1h; done'],
  });
  t.equal(loaded?.pod.metadata?.name, 'nginx-busybox');
  t.equal(loaded?.pod.spec?.shareProcessNamespace, true);
  t.end();
});
