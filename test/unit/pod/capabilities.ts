import t from 'tap';
import { buildCapabilities } from '../../../src/pod/capabilities.js';
import { makeContainer } from './fixtures/make-pod.js';

function capabilities(change: { add?: string[]; drop?: string[] }) {
  return buildCapabilities(makeContainer('app', { securityContext: { capabilities: change } }));
}

t.test('capabilities are added to the nine and taken away, with or without CAP_', async (t) => {
  t.equal(capabilities({}).length, 9);
  t.ok(capabilities({ add: ['NET_ADMIN'] }).includes('NET_ADMIN'));
  t.equal(capabilities({ add: ['cap_sys_time'] }).length, 10);
  t.notOk(capabilities({ drop: ['CAP_CHOWN'] }).includes('CHOWN'));
});

t.test('ALL is every capability of the kernel, or none', async (t) => {
  t.equal(capabilities({ add: ['ALL'] }).length, 41);
  t.strictSame(capabilities({ drop: ['ALL'] }), []);
  t.strictSame(capabilities({ drop: ['all'], add: ['KILL'] }), ['KILL']);
  t.strictSame(capabilities({ drop: ['ALL'], add: ['ALL'] }), [], 'both is none');
  t.equal(capabilities({ add: ['ALL'], drop: ['KILL'] }).length, 40);
});

t.test('what is both added and dropped is dropped', async (t) => {
  t.notOk(capabilities({ add: ['NET_RAW'], drop: ['NET_RAW'] }).includes('NET_RAW'));
});

t.test('a name the kernel does not have is refused', async (t) => {
  t.throws(() => capabilities({ drop: ['NET_ROW'] }), {
    code: 'PEAPOD_CONTAINER_CONFIG',
    message: /NET_ROW/,
  });
});
