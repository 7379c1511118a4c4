import fc from 'fast-check';
import t from 'tap';
import { familiarName, formatReference, parseReference } from '../../../src/image/reference.js';

const sha = 'a'.repeat(64);

t.test('reference: short names get the default registry, namespace and tag', async (t) => {
  const full = {
    nginx: 'docker.io/library/nginx:latest',
    'busybox:1.36': 'docker.io/library/busybox:1.36',
    'yauritux/busybox-curl': 'docker.io/yauritux/busybox-curl:latest',
    'docker.io/nginx': 'docker.io/library/nginx:latest',
    'index.docker.io/nginx': 'docker.io/library/nginx:latest',
    'localhost/app': 'localhost/app:latest',
    'localhost:5000/app:v1': 'localhost:5000/app:v1',
    'host/app': 'docker.io/host/app:latest',
    'Host/app': 'Host/app:latest',
    'k8s.gcr.io/pause:3.1': 'k8s.gcr.io/pause:3.1',
    '[::1]:5000/a/b/c': '[::1]:5000/a/b/c:latest',
    [`nginx@sha256:${sha}`]: `docker.io/library/nginx@sha256:${sha}`,
    [`nginx:1@sha256:${sha}`]: `docker.io/library/nginx:1@sha256:${sha}`,
    'a__b/c--d.e_f': 'docker.io/a__b/c--d.e_f:latest',
  };
  for (const [text, expected] of Object.entries(full))
    t.equal(formatReference(parseReference(text)), expected, text);
});

t.test('reference: the familiar name leaves the defaults out', async (t) => {
  const familiar = {
    nginx: 'nginx:latest',
    'docker.io/library/nginx:1': 'nginx:1',
    'docker.io/library/a/b': 'library/a/b:latest',
    'yauritux/busybox-curl': 'yauritux/busybox-curl:latest',
    'localhost:5000/app': 'localhost:5000/app:latest',
  };
  for (const [text, expected] of Object.entries(familiar))
    t.equal(familiarName(parseReference(text)), expected, text);
});

t.test('reference: what is none is refused with a code', async (t) => {
  const wrong = [
    ...[
      '',
      ' ',
      'Nginx',
      'a/B',
      '/nginx',
      'nginx/',
      'a//b',
      'a:',
      'a:b:c',
      '-a',
      'a-',
      'a..b',
      'a___b',
      'a b',
      'nginx\n',
    ],
    ...[
      '../etc/passwd',
      './a',
      'a/../b',
      'a@',
      `a@sha256:${sha}0`,
      `a@md5:${'a'.repeat(32)}`,
      'a@sha256:../../x',
    ],
    ...[
      `a@sha256:${sha.toUpperCase()}`,
      sha,
      `a:${'t'.repeat(129)}`,
      'a'.repeat(256),
      'loc_al.host/a',
      'x.y:port/a',
      'é',
    ],
  ];
  for (const text of wrong)
    t.throws(() => parseReference(text), { code: 'PEAPOD_IMAGE_INVALID' }, JSON.stringify(text));
});

t.test('reference: both forms read back as the same reference', async () => {
  const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
  const reference = fc.record({
    registry: fc.constantFrom('docker.io', 'localhost', 'localhost:5000', 'quay.io', '[fe80::1]:443'),
    repository: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/')),
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
    digest: fc.constantFrom(undefined, `sha256:${sha}`),
  });
  fc.assert(
    fc.property(reference, (expected) => {
      for (const text of [formatReference(expected), familiarName(expected)]) {
        if (JSON.stringify(parseReference(text)) !== JSON.stringify(expected)) throw new Error(text);
      }
    }),
  );
});
