import type { Container, PodSpec } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { emptyConfig } from '../../../src/image/config.js';
import { buildContainerSpec } from '../../../src/pod/build-container.js';
import { wantedUser } from '../../../src/pod/user.js';
import { makeContainer, makePod } from './fixtures/make-pod.js';

const imageConfig = {
  ...emptyConfig,
  entrypoint: ['/entry'],
  cmd: ['serve', 'now'],
  env: ['PATH=/bin'],
  user: '',
  workingDir: '/srv',
  stopSignal: 'SIGQUIT',
};

function build(
  more: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
  config: Partial<typeof imageConfig> = {},
) {
  const container = makeContainer('app', more);
  const pod = makePod({ ...spec, containers: [container] });
  return buildContainerSpec({
    pod,
    container,
    attempt: 3,
    image: { config: { ...imageConfig, ...config }, rootfs: { kind: 'overlay', layers: ['l2', 'l1'] } },
    user: { uid: 33, gid: 33, additionalGids: [4], home: '/var/www' },
    hostname: 'web',
    paths: {
      volume: (name) => `/state/volumes/${name}`,
      terminationLog: '/state/termination-log',
      files: [{ path: '/state/etc/hosts', target: '/etc/hosts' }],
      isFile: (source) => source.kind === 'host' && source.path.endsWith('.sock'),
    },
    logDirectory: '/logs',
  });
}

t.test('a container that asks for nothing', async (t) => {
  const given = (path: string, target: string) => ({
    source: { kind: 'host', path, recursive: false },
    target,
    readOnly: false,
    file: true,
  });
  t.strictSame(build(), {
    podUid: 'u1',
    name: 'app',
    attempt: 3,
    rootfs: { kind: 'overlay', layers: ['l2', 'l1'] },
    readOnlyRootfs: false,
    mounts: [
      given('/state/etc/hosts', '/etc/hosts'),
      given('/state/termination-log', '/dev/termination-log'),
    ],
    process: {
      argv: ['/entry', 'serve', 'now'],
      env: ['PATH=/bin', 'HOSTNAME=web', 'HOME=/var/www'],
      cwd: '/srv',
      user: { uid: 33, gid: 33, additionalGids: [4] },
      capabilities: [
        ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
        'NET_BIND_SERVICE',
      ],
      noNewPrivileges: true,
      rlimits: {
        nofile: { soft: 1024, hard: 524_288 },
        core: { soft: 0, hard: 0 },
        memlock: { soft: 65_536, hard: 65_536 },
      },
      terminal: false,
    },
    stdin: false,
    stdinOnce: false,
    logDirectory: '/logs',
    logMaxBytes: 10_485_760,
    logMaxFiles: 5,
    stopSignal: 3,
  });
});

t.test('command replaces ENTRYPOINT and drops CMD, args replace CMD', async (t) => {
  const argv = (more: Partial<Container>) => build(more).process.argv;
  t.strictSame(argv({ command: ['sh'] }), ['sh']);
  t.strictSame(argv({ args: ['-v'] }), ['/entry', '-v']);
  t.strictSame(argv({ command: ['sh'], args: ['-c', 'x'] }), ['sh', '-c', 'x']);
  const env = [{ name: 'A', value: 'a' }];
  t.strictSame(argv({ command: ['$(A)', '$(PATH)'], args: ['$$(A)'], env }), ['a', '$(PATH)', '$(A)']);
});

t.test('a container with nothing to run is refused', async (t) => {
  t.throws(() => build({}, {}, { entrypoint: [], cmd: [] }), {
    code: 'PEAPOD_CONTAINER_CONFIG',
    details: { reason: 'CreateContainerConfigError' },
  });
});

t.test("the working directory is the manifest's, the image's, or the root", async (t) => {
  t.equal(build({ workingDir: '/tmp' }).process.cwd, '/tmp');
  t.equal(build({}, {}, { workingDir: '' }).process.cwd, '/');
});

t.test('volumes are mounted parents first, each from its own kind of source', async (t) => {
  const volumes = [
    { name: 'disk', emptyDir: {} },
    { name: 'memory', emptyDir: { medium: 'Memory' } },
    { name: 'host', hostPath: { path: '/run/x.sock' } },
  ];
  const volumeMounts = [
    { name: 'disk', mountPath: '/a/b/c', subPathExpr: '$(POD)/x' },
    { name: 'host', mountPath: '/a/b', readOnly: true },
    { name: 'memory', mountPath: '/a/', subPath: 'sub' },
  ];
  const env = [{ name: 'POD', value: 'web' }];
  t.strictSame(
    build({ volumeMounts, env }, { volumes }).mounts.filter(({ target }) => target.startsWith('/a')),
    [
      {
        source: { kind: 'memory', volume: 'memory', subPath: 'sub' },
        target: '/a',
        readOnly: false,
        file: false,
      },
      {
        source: { kind: 'host', path: '/run/x.sock', recursive: true },
        target: '/a/b',
        readOnly: true,
        file: true,
      },
      {
        source: { kind: 'host', path: '/state/volumes/disk', subPath: 'web/x', recursive: false },
        target: '/a/b/c',
        readOnly: false,
        file: false,
      },
    ],
  );
});

t.test('what the manifest mounts over a file of ours stands', async (t) => {
  const volumes = [{ name: 'v', hostPath: { path: '/h' } }];
  const { mounts } = build({ volumeMounts: [{ name: 'v', mountPath: '/etc/hosts' }] }, { volumes });
  t.strictSame(
    mounts.filter(({ target }) => target === '/etc/hosts').map(({ source }) => source),
    [{ kind: 'host', path: '/h', recursive: true }],
  );
});

t.test('mounts that cannot be made are refused', async (t) => {
  const mount =
    (more: object, volume: object = { emptyDir: {} }) =>
    () =>
      build(
        { volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] },
        { volumes: [{ name: 'v', ...volume }] },
      );
  const refused = { code: 'PEAPOD_CONTAINER_CONFIG' };
  t.throws(mount({ name: 'other' }), refused);
  t.throws(mount({ subPathExpr: '$(NONE)' }), refused);
  t.throws(mount({ subPath: 'a/../../b' }), refused);
  t.throws(mount({ subPath: '/a' }), refused);
  t.throws(mount({}, { nfs: { server: 's', path: '/' } }), { message: /nfs is not supported/ });
});

t.test('no_new_privs is on unless the manifest says in words that privileges may grow', async (t) => {
  const noNewPrivileges = (securityContext: object) => build({ securityContext }).process.noNewPrivileges;
  t.strictSame(
    [{}, { allowPrivilegeEscalation: false }, { allowPrivilegeEscalation: true }].map(noNewPrivileges),
    [true, true, false],
  );
});

t.test('a privileged container is refused rather than made unprivileged', async (t) => {
  t.throws(() => build({ securityContext: { privileged: true } }), { code: 'PEAPOD_CONTAINER_CONFIG' });
});

t.test('groups are those of the image and those of the pod, each once', async (t) => {
  const { process } = build({}, { securityContext: { supplementalGroups: [4, 5], fsGroup: 6 } });
  t.strictSame(process.user.additionalGids, [4, 5, 6]);
});

t.test('terminal, stdin and a read-only root are taken over', async (t) => {
  const spec = build({
    tty: true,
    stdin: true,
    stdinOnce: true,
    securityContext: { readOnlyRootFilesystem: true },
  });
  t.match(spec, { stdin: true, stdinOnce: true, readOnlyRootfs: true, process: { terminal: true } });
  t.ok(spec.process.env.includes('TERM=xterm'));
});

t.test("the user asked for is the container's before the pod's before the image's", async (t) => {
  const wanted = (own: object, shared: object, image = '') => {
    const container = makeContainer('app', { securityContext: own });
    return wantedUser(makePod({ securityContext: shared }), container, image);
  };
  t.equal(wanted({}, {}), '0');
  t.equal(wanted({}, {}, 'nginx:web'), 'nginx:web');
  t.equal(wanted({}, { runAsUser: 1 }, 'nginx'), '1');
  t.equal(wanted({ runAsUser: 0 }, { runAsUser: 1, runAsGroup: 2 }), '0:2');
  t.equal(wanted({ runAsGroup: 3 }, {}, 'nginx:web'), 'nginx:3');
});

t.test('runAsNonRoot refuses root, and users that only a name says are not root', async (t) => {
  const check = (securityContext: object, uid: number, user: string) => () => {
    const container = makeContainer('app', { securityContext: { runAsNonRoot: true, ...securityContext } });
    buildContainerSpec({
      pod: makePod(),
      container,
      attempt: 0,
      image: { config: { ...imageConfig, user }, rootfs: { kind: 'host', upperBytes: 0 } },
      user: { uid, gid: 0, additionalGids: [], home: '/' },
      hostname: 'web',
      paths: { volume: String, terminationLog: '/t', files: [], isFile: () => false },
      logDirectory: '/logs',
    });
  };
  const where = '(pod: "web_default(u1)", container: app)';
  t.throws(check({}, 0, ''), { message: `container has runAsNonRoot and image will run as root ${where}` });
  t.throws(check({ runAsUser: 0 }, 0, ''), {
    message: `container's runAsUser breaks non-root policy ${where}`,
  });
  t.throws(check({}, 33, 'www'), {
    message: /image has non-numeric user \(www\), cannot verify user is non-root/,
  });
  t.doesNotThrow(check({}, 33, '33:0'));
  t.doesNotThrow(check({ runAsUser: 5 }, 5, 'www'));
  t.doesNotThrow(check({ runAsNonRoot: false }, 0, ''));
});
