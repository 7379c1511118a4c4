import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { parseCondition } from '../../../src/cli/wait-for.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

t.test('conditions mean what they mean to kubectl', async (t) => {
  const pod = webPod();
  const met = [
    'condition=Ready',
    'condition=ready',
    'condition=Ready=true',
    'create',
    'jsonpath={.status.phase}=Running',
    'jsonpath={.status.podIP}',
    'jsonpath=.status.phase=Running',
  ];
  const unmet = [
    'condition=Ready=False',
    'condition=Lucky',
    'delete',
    'jsonpath={.status.phase}=Failed',
    'jsonpath={.nope}',
  ];
  for (const text of met) t.equal(parseCondition(text)(pod), true, text);
  for (const text of unmet) t.equal(parseCondition(text)(pod), false, text);
  t.equal(parseCondition('delete')(undefined), true);
  t.throws(() => parseCondition('jsonpath={.a'), { code: 'PEAPOD_USAGE' });
});

t.test('wait returns when the condition comes true', async (t) => {
  const engine = new FakeEngine();
  engine.put({ ...webPod(), status: { phase: 'Pending' } });
  const ran = runCli(['wait', '--for=condition=Ready', 'pod/web'], { engine });
  await sleep(30);
  engine.put(webPod());
  t.same(await ran, { code: 0, stdout: 'pod/web condition met\n', stderr: '' });
  await sleep(5);
  t.equal(engine.watchers, 0);
});

t.test('wait gives up at its time limit, and at once on a pod that is not there', async (t) => {
  const engine = new FakeEngine();
  engine.put({ ...webPod(), status: { phase: 'Pending' } });
  const late = await runCli(['wait', '--for=condition=Ready', 'web', '--timeout=50ms'], { engine });
  t.match(late, { code: 1, stdout: '', stderr: /Timed out after 0\.05 s waiting for pod "web"/ });
  t.match(await runCli(['wait', '--for=condition=Ready', 'nope'], { engine }), {
    code: 1,
    stderr: /not there/,
  });
  t.match(await runCli(['wait', '--for=delete', 'nope'], { engine }), { code: 0 });
});

t.test('wait tells of a pod deleted meanwhile', async (t) => {
  const engine = new FakeEngine();
  engine.put({ ...webPod(), status: { phase: 'Pending' } });
  const ran = runCli(['wait', '--for=condition=Ready', 'web'], { engine });
  await sleep(30);
  engine.drop('web');
  t.match(await ran, { code: 1, stderr: /was deleted meanwhile/ });
});
