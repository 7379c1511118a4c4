import t from 'tap';
import { loadManifests } from '../../../../src/pod/manifest/load.js';
import { describeProblem, inContainer, inMetadata, inSpec, problemsOf } from './fixtures/manifest-text.js';

const c = 'spec.containers[0]';

function warningsOf(text: string, validate: 'strict' | 'warn' | 'ignore'): string[] {
  return loadManifests(text, { validate }).warnings.map(describeProblem);
}

t.test('an unknown field is an error, a warning or nothing, and never in the pod', async (t) => {
  const text = inContainer('imge: nginx');
  const problem = `9:7: ${c}.imge: unknown field [did you mean "image"?]`;
  t.same(problemsOf(text), [problem]);
  t.same(warningsOf(text, 'warn'), [problem]);
  t.same(warningsOf(text, 'ignore'), []);
  t.notOk('imge' in (loadManifests(text, { validate: 'warn' }).pods[0]?.pod.spec?.containers[0] ?? {}));
});

t.test('a field of a later version is an error, or a warning and kept', async (t) => {
  const text = inContainer('resources: {limits: {memory: 64Mi}}');
  const problem = `9:7: ${c}.resources: is not supported yet [remove it, or relax validation to run the pod without it]`;
  t.same(problemsOf(text), [problem]);
  t.same(warningsOf(text, 'warn'), [problem]);
  const [loaded] = loadManifests(text, { validate: 'warn' }).pods;
  t.same(loaded?.pod.spec?.containers[0]?.resources, {
    limits: { memory: '64Mi' },
    requests: { memory: '64Mi' },
  });
});

t.test('a value of a later version is an error, or a warning', async (t) => {
  const text = inContainer('securityContext: {privileged: true, seccompProfile: {type: RuntimeDefault}}');
  t.same(
    problemsOf(text).map((problem) => problem.split(' [')[0]),
    [
      `9:37: ${c}.securityContext.privileged: true is not supported yet`,
      `9:66: ${c}.securityContext.seccompProfile.type: "RuntimeDefault" is not supported yet`,
    ],
  );
  t.equal(warningsOf(text, 'warn').length, 2);
});

t.test('the limit of a volume on disk is for later, that of one in memory is right', async (t) => {
  const text = inSpec('volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}]');
  const problem =
    '9:34: spec.volumes[0].emptyDir.sizeLimit: is not enforced for a volume on disk yet [set medium: Memory, or run the pod without the limit with --validate=warn]';
  t.same(problemsOf(text), [problem]);
  t.same(warningsOf(text, 'warn'), [problem]);
  t.same(warningsOf(text, 'ignore'), []);
  t.same(problemsOf(inSpec('volumes: [{name: a, emptyDir: {medium: Memory, sizeLimit: 1Gi}}]')), []);
});

t.test('what a pod cannot do without stays an error in every mode', async (t) => {
  const volume = inSpec('volumes: [{name: a, configMap: {name: b}}]');
  const variable = inContainer('env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]');
  for (const validate of ['strict', 'warn', 'ignore'] as const) {
    t.same(problemsOf(volume, { validate }), ['9:23: spec.volumes[0].configMap: is not supported yet']);
    t.same(problemsOf(variable, { validate }), [
      `9:35: ${c}.env[0].valueFrom.secretKeyRef: is not supported yet`,
    ]);
    t.equal(problemsOf(inSpec('restartPolicy: x'), { validate }).length, 1);
  }
});

t.test('each kind of volume is listed or refused with a reason', async (t) => {
  const refused = [
    'awsElasticBlockStore',
    'azureDisk',
    'azureFile',
    'cephfs',
    'cinder',
    'csi',
    'fc',
    'flexVolume',
  ];
  refused.push('flocker', 'gcePersistentDisk', 'gitRepo', 'glusterfs', 'iscsi', 'photonPersistentDisk');
  refused.push('portworxVolume', 'quobyte', 'rbd', 'scaleIO', 'storageos', 'vsphereVolume');
  for (const kind of refused) {
    const problems = problemsOf(inSpec(`volumes: [{name: a, ${kind}: {}}]`), { validate: 'warn' });
    t.match(problems, [new RegExp(`^9:23: spec.volumes\\[0\\].${kind}: is not available here: .+`)]);
  }
});

t.test('what needs a cluster is kept with a warning, whatever is in it', async (t) => {
  const text = inSpec(
    'nodeSelector: {disk: ssd}',
    'tolerations: [{key: a, someday: b}]',
    'affinity: {x: [1]}',
  );
  t.same(warningsOf(text, 'strict'), [
    '9:3: spec.nodeSelector: ignored: needs a cluster',
    '10:3: spec.tolerations: ignored: needs a cluster',
    '11:3: spec.affinity: ignored: needs a cluster',
  ]);
  t.same(warningsOf(text, 'ignore'), []);
  t.match(loadManifests(text).pods[0]?.pod.spec, { nodeSelector: { disk: 'ssd' }, affinity: { x: [1] } });
});

t.test('what peapod sets itself is dropped with a warning', async (t) => {
  const text = `${inMetadata('uid: abc', 'resourceVersion: "5"')}status: {phase: Running}\n`;
  t.same(warningsOf(text, 'strict'), [
    '5:3: metadata.uid: ignored: peapod sets it',
    '6:3: metadata.resourceVersion: ignored: peapod sets it',
    '11:1: status: ignored: peapod sets it',
  ]);
  const [loaded] = loadManifests(text).pods;
  t.equal(loaded?.pod.metadata?.uid, undefined);
  t.equal(loaded?.pod.status, undefined);
});

t.test("the empty parts of kubectl's own manifests are no matter", async (t) => {
  const text = `${inMetadata('creationTimestamp: null')}      resources: {}\n  dnsConfig: {}\nstatus: {}\n`;
  t.same(warningsOf(text, 'strict'), []);
});

t.test('all problems of all documents come at once, in the order of the text', async (t) => {
  const text = `${inSpec('hostname: A', 'volumes: {}')}---\n${inMetadata('labels: 1')}`;
  const places = problemsOf(text).map((problem) => problem.split(' ')[0]);
  t.same(places, ['9:13:', '10:12:', '15:9:', '16:11:']);
});

t.test('the error says how many problems there are, and the first with its hint', async (t) => {
  t.throws(() => loadManifests(inContainer('imge: a', 'tty: b'), { source: 'pod.yaml' }), {
    code: 'PEAPOD_MANIFEST_INVALID',
    message: `Manifest "pod.yaml" has 2 problems, the first at 9:7: ${c}.imge: unknown field`,
    hint: 'did you mean "image"?',
    details: { source: 'pod.yaml', problems: [{ line: 9 }, { line: 10, column: 12 }] },
  });
});
