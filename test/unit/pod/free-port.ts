import { createServer } from 'node:net';
import t from 'tap';
import { findFreePort } from '../../../src/pod/free-port.js';

t.test('findFreePort: one that can be bound, of each protocol', async (t) => {
  for (const protocol of ['TCP', 'UDP', 'SCTP'] as const) {
    for (const hostIP of [undefined, '127.0.0.1']) {
      const port = await findFreePort({ protocol, hostIP });
      t.ok(port > 1023 && port <= 65_535, `${protocol} ${port}`);
    }
  }
  const port = await findFreePort({ protocol: 'TCP' });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, resolve));
  server.close();
});

t.test('findFreePort: an address that is not of this host is refused', async (t) => {
  for (const protocol of ['TCP', 'UDP'] as const) {
    await t.rejects(findFreePort({ protocol, hostIP: '192.0.2.77' }), {
      code: 'PEAPOD_USAGE',
      message: 'Cannot find a free port of "192.0.2.77": EADDRNOTAVAIL',
      hint: 'It is not an address of this host',
    });
  }
});
