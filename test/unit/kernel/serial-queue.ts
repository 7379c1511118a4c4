import t from 'tap';
import { SerialQueue } from '../../../src/kernel/serial-queue.js';

t.test('tasks of a queue do not overlap and one that fails stops none', async (t) => {
  const queue = new SerialQueue();
  const steps: string[] = [];
  const task = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise(setImmediate);
    steps.push(`${name} ends`);
    if (name === 'one') throw new Error('failed');
  };
  const one = queue.run(task('one'));
  const two = queue.run(task('two'));
  await t.rejects(one);
  await two;
  t.same(steps, ['one begins', 'one ends', 'two begins', 'two ends']);
});
