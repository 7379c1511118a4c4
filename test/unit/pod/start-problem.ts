import t from 'tap';
import type { StartProblem } from '../../../src/pod/observed.js';
import { nextProblem, retryTime } from '../../../src/pod/start-problem.js';
import { start } from './fixtures/make-pod.js';

function delays(reason: string, count: number): number[] {
  let problem: StartProblem | undefined;
  let now = start;
  return Array.from({ length: count }, () => {
    problem = nextProblem(problem, { reason, message: '' }, now);
    const wait = (retryTime(problem, now) ?? now) - now;
    now += wait;
    return wait / 1000;
  });
}

t.test('a start that fails is tried again every 10 s', async (t) => {
  t.strictSame(delays('CreateContainerError', 4), [10, 10, 10, 10]);
  t.strictSame(delays('ErrImageNeverPull', 2), [10, 10]);
});

t.test('a pull that fails is tried again after 10 s, doubled up to 5 min', async (t) => {
  t.strictSame(delays('ErrImagePull', 7), [10, 20, 40, 80, 160, 300, 300]);
});

t.test('another failure counts from one', async (t) => {
  const first = nextProblem(undefined, { reason: 'ErrImagePull', message: '' }, start);
  const again = nextProblem(first, { reason: 'ErrImagePull', message: '' }, start);
  t.equal(again.failures, 2);
  t.equal(nextProblem(again, { reason: 'CreateContainerError', message: '' }, start).failures, 1);
});

t.test('nothing waits for a clock that was set back', async (t) => {
  const problem = { reason: 'CreateContainerError', message: '', at: start + 3_600_000, failures: 1 };
  t.equal(retryTime(problem, start), undefined);
});
