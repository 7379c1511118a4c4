import t from 'tap';
import { defaultPullPolicy } from '../../../../src/pod/manifest/defaults.js';
import { diffPods } from '../../../../src/pod/manifest/diff.js';
import { loadManifests } from '../../../../src/pod/manifest/load.js';
import { loadPodObject } from '../../../../src/pod/manifest/load-object.js';
import { renderProblems } from '../../../../src/pod/manifest/problem.js';
import { basePod, inContainer, inSpec } from './fixtures/manifest-text.js';
import { richPod } from './fixtures/rich-pod.js';

t.test('a pod that states little gets the defaults of Kubernetes', async (t) => {
  const text = `${inContainer('ports: [{containerPort: 80}]')}  volumes: [{name: a}, {name: b, hostPath: {path: /b}}]\n`;
  t.same(loadManifests(text).pods[0]?.pod, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx',
          imagePullPolicy: 'Always',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      volumes: [
        { name: 'a', emptyDir: { medium: '' } },
        { name: 'b', hostPath: { path: '/b', type: '' } },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      enableServiceLinks: true,
    },
  });
});

t.test('with hostNetwork every port is one of the host', async (t) => {
  const { pods } = loadManifests(`${inContainer('ports: [{containerPort: 80}]')}  hostNetwork: true\n`);
  t.equal(pods[0]?.pod.spec?.containers[0]?.ports?.[0]?.hostPort, 80);
});

t.test('the default pull policy follows the tag', async (t) => {
  const always = ['nginx', 'nginx:latest', 'localhost:5000/nginx', 'a/b/c', 'host:1/a:latest'];
  const ifNotPresent = ['nginx:1', 'localhost:5000/nginx:1', 'nginx@sha256:abc', 'nginx:latest@sha256:abc'];
  for (const image of always) t.equal(defaultPullPolicy(image), 'Always', image);
  for (const image of ifNotPresent) t.equal(defaultPullPolicy(image), 'IfNotPresent', image);
});

t.test('who stated a pull policy is told apart from who got the default', async (t) => {
  const text = `${inContainer('imagePullPolicy: Never')}    - {name: b, image: b}\n`;
  t.same([...(loadManifests(text).pods[0]?.pullPolicyStated ?? [])], ['web']);
});

t.test('several documents, a List, JSON and empty documents load in order', async (t) => {
  const named = (name: string) => basePod.replace('name: web\nspec', `name: ${name}\nspec`);
  const item = JSON.stringify(richPod());
  const text = `---\n${named('a')}---\n# nothing\n---\n${named('b')}...\n---\n{"apiVersion": "v1", "kind": "List", "items": [${item}]}\n`;
  const names = loadManifests(text).pods.map(({ pod }) => pod.metadata?.name);
  t.same(names, ['a', 'b', 'web']);
});

t.test('plain words mean what they mean to kubectl', async (t) => {
  const text = inSpec(
    'hostNetwork: yes',
    'hostIPC: Off',
    'terminationGracePeriodSeconds: 0x10',
    'activeDeadlineSeconds: 010',
  );
  t.match(loadManifests(text).pods[0]?.pod.spec, {
    hostNetwork: true,
    hostIPC: false,
    terminationGracePeriodSeconds: 16,
    activeDeadlineSeconds: 8,
  });
});

t.test('a null is as if the field were not there', async (t) => {
  const text = inContainer('args: null', 'tty: ~', 'env: [{name: A, value: }]');
  const container = loadManifests(text).pods[0]?.pod.spec?.containers[0];
  t.notOk('args' in (container ?? {}));
  t.same(container?.env, [{ name: 'A' }]);
});

t.test('aliases and quoted words are taken as they are', async (t) => {
  const text = inContainer('args: &a ["1", \'yes\', !!str 2]', 'command: *a');
  const container = loadManifests(text).pods[0]?.pod.spec?.containers[0];
  t.same(container?.args, ['1', 'yes', '2']);
  t.same(container?.command, container?.args);
});

t.test('an object loads as its text does, and stays as it was', async (t) => {
  const object = richPod();
  const before = structuredClone(object);
  const loaded = loadPodObject(object);
  t.same(loaded.pod, loadManifests(JSON.stringify(object)).pods[0]?.pod);
  t.same(object, before);
});

t.test('loading what was loaded changes nothing', async (t) => {
  const { pod } = loadPodObject(richPod());
  const again = loadPodObject(pod);
  t.same(again.pod, pod);
  t.same(again.warnings, []);
});

t.test('an object is refused by path, without positions', async (t) => {
  const error = catchError(() =>
    loadPodObject({ ...richPod(), kid: 1, metadata: { name: 'A', labels: { a: 1 } } }),
  );
  const { problems } = error.details as { problems: [] };
  t.equal(
    renderProblems(problems, 'object'),
    [
      'object: metadata.name: must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends',
      '  hint: for example "a"',
      'object: metadata.labels.a: must be a string, not the integer 1',
      '  hint: quote it: "1"',
      'object: kid: unknown field',
      '  hint: did you mean "kind"?',
    ].join('\n'),
  );
});

t.test('what no JSON can say is refused in an object', async (t) => {
  const cycle: Record<string, unknown> = richPod();
  cycle.metadata = { name: 'a', managedFields: [cycle] };
  const own = Object.defineProperty(richPod(), '__proto__', { value: { a: 1 }, enumerable: true });
  const wrong = [
    cycle,
    own,
    undefined,
    null,
    5,
    'pod',
    [],
    () => 1,
    new Map(),
    { ...richPod(), spec: Symbol('a') },
  ];
  wrong.push({
    ...richPod(),
    spec: { ...Object(richPod().spec), nodeSelector: JSON.parse('{"__proto__": "a"}') },
  });
  wrong.push({ ...richPod(), metadata: { name: 'a\0b' } }, { ...richPod(), spec: new Date() });
  for (const object of wrong) t.throws(() => loadPodObject(object), { code: 'PEAPOD_MANIFEST_INVALID' });
  t.equal(({} as { a?: number }).a, undefined, 'no prototype was touched');
});

t.test('equal wishes have no difference, whoever filled in the rest', async (t) => {
  const before = loadPodObject(richPod()).pod;
  const after = structuredClone(before);
  after.metadata = { ...after.metadata, uid: 'x', resourceVersion: '7' };
  t.same(diffPods(before, { ...after, status: { phase: 'Running' } }), []);
});

t.test('a difference is named by its path', async (t) => {
  const before = loadPodObject(richPod()).pod;
  const after = structuredClone(before);
  const [container] = after.spec?.containers ?? [];
  Object.assign(container ?? {}, { image: 'nginx:1.28', args: ['-g'], env: undefined });
  after.metadata = { ...after.metadata, labels: { app: 'web', 'a.b/c': 'd' } };
  after.spec?.containers.push({ name: 'b', image: 'b' });
  t.same(diffPods(before, after), [
    'metadata.labels["a.b/c"]',
    'spec.containers[0].image',
    'spec.containers[0].args[1]',
    'spec.containers[0].env',
    'spec.containers[1]',
  ]);
});

function catchError(act: () => unknown): { details: unknown } {
  try {
    act();
  } catch (error) {
    return error as { details: unknown };
  }
  throw new Error('nothing was thrown');
}
