import t from 'tap';
import { describeActions } from '../../../src/pod/actions.js';
import { start } from './fixtures/make-pod.js';

const nothing = { abortPulls: [], killContainers: [], startContainers: [], events: [] };

t.test('describeActions: each action in the order it is done in', async (t) => {
  const stop = { reason: 'SandboxChanged', message: '', at: start, gracePeriodSeconds: 30 };
  const actions = {
    ...nothing,
    abortPulls: ['late'],
    killContainers: [{ ...stop, name: 'app', attempt: 2 }],
    removeSandbox: 'SandboxChanged',
    createSandbox: { attempt: 1 },
    startContainers: [{ name: 'setup', attempt: 0 }],
  };
  t.equal(
    describeActions(actions),
    'give up the pull for late, stop app-2 in 30 s (SandboxChanged), remove the sandbox (SandboxChanged), create sandbox 1, start setup-0',
  );
  t.equal(describeActions({ ...nothing, removePod: true }), 'remove the pod');
});

t.test('describeActions: empty when there is only to wait', async (t) => {
  t.equal(describeActions({ ...nothing, wakeAt: start }), '');
});
