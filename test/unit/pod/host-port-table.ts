import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type HostPort, HostPortTable } from '../../../src/pod/host-port-table.js';

const ports: fc.Arbitrary<HostPort> = fc.record({
  protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
  hostPort: fc.integer({ min: 80, max: 82 }),
  hostIP: fc.constantFrom(undefined, '0.0.0.0', '::', '127.0.0.1', '127.0.0.2', '::1'),
});

function overlap(one: HostPort, other: HostPort): boolean {
  if (one.protocol !== other.protocol || one.hostPort !== other.hostPort) return false;
  return stands(one.hostIP, other.hostIP) || stands(other.hostIP, one.hostIP);
}

/** Whether an address stands for the other, or for some of what the other stands for. */
function stands(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  return one === (other.includes(':') ? '::' : '0.0.0.0');
}

t.test('find: somebody is found exactly when a port overlaps, whatever was added and deleted', async () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(ports, fc.boolean()), { maxLength: 30 }), ports, (changes, wanted) => {
      const table = new HostPortTable<HostPort>();
      let held: HostPort[] = [];
      for (const [port, isAdded] of changes) {
        if (!isAdded) {
          const victim = held[0];
          if (victim !== undefined) table.delete(victim);
          held = held.slice(1);
        } else if (!held.some((other) => overlap(other, port))) {
          table.add(port, port);
          held.push(port);
        }
      }
      const found = table.find(wanted);
      assert.equal(
        found !== undefined,
        held.some((port) => overlap(port, wanted)),
      );
      if (found !== undefined) assert.ok(overlap(found, wanted));
    }),
  );
});

t.test('delete: a port nobody has is no matter', async (t) => {
  const table = new HostPortTable<string>();
  table.delete({ protocol: 'TCP', hostPort: 80 });
  t.equal(table.find({ protocol: 'TCP', hostPort: 80 }), undefined);
});
