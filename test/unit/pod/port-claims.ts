import t from 'tap';
import { PortClaims } from '../../../src/pod/port-claims.js';

const web = { uid: 'u1', name: 'web' };
const db = { uid: 'u2', name: 'db' };
const tcp = (hostPort: number, hostIP?: string) => {
  return { protocol: 'TCP', hostPort, ...(hostIP && { hostIP }) } as const;
};

t.test('set: a port has one pod at a time, which the error names', async (t) => {
  const claims = new PortClaims();
  claims.set(web, [tcp(80), tcp(81)]);
  claims.set(web, [tcp(80), tcp(81)]);
  t.throws(() => claims.set(db, [tcp(90), tcp(80, '127.0.0.1')]), {
    code: 'PEAPOD_PORT_TAKEN',
    message: 'Cannot publish port 127.0.0.1:80/TCP of the host: pod "web" has it',
    details: { pod: 'web', port: '127.0.0.1:80/TCP' },
  });
  t.equal(claims.holderOf(tcp(90)), undefined, 'none is taken when one cannot be');
  claims.set(db, [tcp(90)]);
  t.throws(() => claims.set(web, [tcp(90)]), { code: 'PEAPOD_PORT_TAKEN' });
  t.equal(claims.holderOf(tcp(81))?.name, 'web', 'what it had it still has');
});

t.test('set: whoever waits is told when a pod has fewer, and only then', async (t) => {
  let freed = 0;
  const claims = new PortClaims(() => {
    freed++;
  });
  claims.set(web, [tcp(80)]);
  claims.set(web, [tcp(80), tcp(81)]);
  claims.release(db);
  t.equal(freed, 0);
  claims.set(web, [tcp(81)]);
  t.equal(freed, 1);
  t.equal(claims.holderOf(tcp(80)), undefined);
  claims.release(web);
  claims.release(web);
  t.equal(freed, 2);
  claims.set(db, [tcp(81)]);
});
