import t from 'tap';
import { parse } from 'yaml';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

function twoPods(): FakeEngine {
  const engine = new FakeEngine();
  engine.put(webPod());
  engine.put(webPod('a-longer-name'));
  return engine;
}

t.test("pods are listed in kubectl's columns", async (t) => {
  const { stdout, stderr } = await runCli(['get', 'pods'], { engine: twoPods() });
  const [header, first, second] = stdout.split('\n');
  t.match(header, /^NAME {12}READY {3}STATUS {4}RESTARTS {2,}AGE$/);
  t.match(first, /^web {13}2\/2 {5}Running {3}1 \(.* ago\) {3}\S+$/);
  t.match(second, /^a-longer-name {3}2\/2/);
  t.equal(stderr, '');
});

t.test('-o wide adds address and node, --no-headers takes the header away', async (t) => {
  const { stdout } = await runCli(['get', 'po', 'web', '-o', 'wide', '--no-headers'], { engine: twoPods() });
  t.match(stdout, /^web .* 10\.88\.0\.2 {3}host1\n$/);
});

t.test('no pods is a remark, not a failure', async (t) => {
  t.same(await runCli(['get', 'pods']), { code: 0, stdout: '', stderr: 'No pods found.\n' });
});

t.test('-o json is a v1 Pod, or a List of them', async (t) => {
  const engine = twoPods();
  const list = JSON.parse((await runCli(['get', 'pods', '-o', 'json'], { engine })).stdout);
  t.match(list, { kind: 'List', apiVersion: 'v1', items: [webPod(), webPod('a-longer-name')] });
  t.same(JSON.parse((await runCli(['get', 'pod/web', '-o', 'json'], { engine })).stdout), webPod());
  t.match(parse((await runCli(['get', 'pod', 'web', '-o', 'yaml'], { engine })).stdout), webPod());
});

t.test('-o name and jsonpath print no more than asked for', async (t) => {
  const engine = twoPods();
  t.equal((await runCli(['get', 'pods', '-o', 'name'], { engine })).stdout, 'pod/web\npod/a-longer-name\n');
  const template = 'jsonpath={.items[*].metadata.name}';
  t.equal((await runCli(['get', 'pods', '-o', template], { engine })).stdout, 'web a-longer-name');
});

t.test('a cell cannot drive the terminal nor forge a row', async (t) => {
  const engine = new FakeEngine();
  const pod = webPod();
  engine.put({ ...pod, status: { ...pod.status, containerStatuses: [], reason: 'x\n\x1b[2Jweb   2/2' } });
  const { stdout } = await runCli(['get', 'pods'], { engine });
  t.match(stdout, 'x\\n\\x1b[2Jweb');
  t.equal(stdout.trim().split('\n').length, 2);
});

t.test('-w prints changes that show, and only those', async (t) => {
  const engine = twoPods();
  const ran = runCli(['get', 'pod', 'web', '-w', '--no-headers'], { engine });
  const watching = async (): Promise<void> => {
    while (engine.watchers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await watching();
  engine.put(webPod());
  engine.put({ ...webPod(), metadata: { ...webPod().metadata, deletionTimestamp: '2026-01-01T01:00:00Z' } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  engine.endWatches();
  const lines = (await ran).stdout.trim().split('\n');
  t.equal(lines.length, 2, lines.join('\n'));
  t.match(lines[1], /Terminating/);
});
