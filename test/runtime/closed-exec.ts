import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { execInContainer } from '../../src/container/exec.js';
import { requires } from '../scratch.js';
import { exec, shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

/** The sleepers of this length that the pod's processes see. */
async function sleepers(pod: TestPod, seconds: number): Promise<number> {
  const [container] = pod.containers;
  if (container === undefined) {
    throw new Error('there is no container');
  }
  const { stdout } = await exec(container, shell(`ps | grep -c '[s]leep ${seconds}$'`));
  return Number(stdout);
}

async function comesTo(count: () => Promise<number>, wanted: number): Promise<number> {
  for (let tries = 0; tries < 100 && (await count()) !== wanted; tries++) {
    await sleep(20);
  }
  return count();
}

t.test('closing an exec ends what it started, and nothing else', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const container = await pod.start('web', shell('sleep 4001 & sleep 4001; true'));
    const session = await execInContainer(container, shell('sleep 4002 & sleep 4002; true'), {
      stdin: false,
    });
    t.equal(await comesTo(() => sleepers(pod, 4002), 2), 2, 'two processes of the exec run');
    session.close();
    t.equal(await comesTo(() => sleepers(pod, 4002), 0), 0, 'both are gone');
    t.equal(await sleepers(pod, 4001), 2, 'those of the container are not');
  });
});
