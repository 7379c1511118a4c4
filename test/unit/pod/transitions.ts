import type { ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { eventsOfChange } from '../../../src/pod/transitions.js';
import { makePod } from './fixtures/make-pod.js';

function withState(reason: string, restartCount: number): PodStatus {
  const state: ContainerStatus['state'] = { waiting: { reason } };
  return { containerStatuses: [{ name: 'app', image: '', imageID: '', ready: false, restartCount, state }] };
}

t.test('a container that begins to back off is told of once a crash', async (t) => {
  const creating = withState('ContainerCreating', 0);
  const first = withState('CrashLoopBackOff', 1);
  const second = withState('CrashLoopBackOff', 2);
  const event = {
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting failed container app in pod web_default(u1)',
    field: 'spec.containers{app}',
  };
  t.strictSame(eventsOfChange(makePod(), creating, first), [event]);
  t.strictSame(eventsOfChange(makePod(), undefined, first), [event]);
  t.strictSame(eventsOfChange(makePod(), first, first), []);
  t.strictSame(eventsOfChange(makePod(), first, second), [event]);
});

t.test('a pod that ran into its deadline is told of once', async (t) => {
  const over = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' };
  t.match(eventsOfChange(makePod(), { phase: 'Running' }, over), [
    { reason: 'DeadlineExceeded', message: 'm', field: '' },
  ]);
  t.strictSame(eventsOfChange(makePod(), over, over), []);
});
