import t from 'tap';
import { answerAt, answering, askAt, published } from '../fixtures/answers.js';
import { Follower } from '../fixtures/follow.js';
import { pod } from '../fixtures/manifest.js';
import { until } from '../fixtures/until.js';
import { dualStack, hostAddress, neighbourAddress, skip, withNetwork } from '../fixtures/with-network.js';

const refused = 'ECONNREFUSED';

t.test('a port published at one address of the host is none at the others', { skip }, async (t) => {
  await withNetwork(t, { podCidr: dualStack }, async ({ peapod, host, neighbour }) => {
    const ports = published(['127.0.0.1', 8081], [hostAddress[4], 8082], [hostAddress[6], 8083]);
    await peapod.apply(pod('web', [answering('web', { ports })]));
    for (const protocol of ['tcp', 'udp']) {
      const places = [
        '127.0.0.1:8081',
        '192.0.2.1:8081',
        '127.0.0.1:8082',
        '192.0.2.1:8082',
        '[2001:db8::1]:8083',
        '[::1]:8083',
      ];
      t.same(await askAt(host, ...places.map((place) => `${protocol}://${place}`)), [
        ...['web to 10.85.0.1', refused, refused, `web to ${hostAddress[4]}`],
        ...[`web to ${hostAddress[6]}`, refused],
      ]);
      const outside = ['192.0.2.1:8081', '192.0.2.1:8082', '[2001:db8::1]:8083', '192.0.2.1:8083'];
      t.same(await askAt(neighbour, ...outside.map((place) => `${protocol}://${place}`)), [
        ...[refused, `web to ${neighbourAddress[4]}`, `web to ${neighbourAddress[6]}`, refused],
      ]);
    }
  });
});

t.test('a connection that is open notices nothing of ports that come and go', { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host, neighbour }) => {
    await peapod.apply(pod('web', [answering('web')]));
    await peapod.ok('port', 'add', 'web', '8080:80');
    const open = [
      new Follower(neighbour.start('curl', '-sN', `${hostAddress[4]}:8080/ticks`)),
      new Follower(host.start('curl', '-sN', '127.0.0.1:8080/ticks')),
    ];
    const tick = async () => {
      for (const follower of open) follower.text = '';
      await Promise.all(open.map((follower) => follower.sees(/(tick\n){3}/)));
    };
    await tick();
    await peapod.ok('port', 'add', 'web', '8081:80', '8082:80/udp');
    t.same(
      await askAt(neighbour, 'tcp://192.0.2.1:8081', 'udp://192.0.2.1:8082'),
      Array(2).fill('web to 192.0.2.2'),
    );
    await tick();
    await peapod.ok('port', 'rm', 'web', '8081:80', '8082:80/udp');
    t.same(await askAt(neighbour, 'tcp://192.0.2.1:8081', 'udp://192.0.2.1:8082'), [refused, refused]);
    await tick();
    await peapod.ok('port', 'rm', 'web', '8080:80');
    t.same(
      await askAt(neighbour, 'tcp://192.0.2.1:8080'),
      [refused],
      'its own port takes no more connections',
    );
    await tick();
    t.pass('but keeps those it has');
    for (const follower of open) await follower.interrupt();
  });
});

t.test(
  'a port that a process has is refused with its name, and taken when it is free',
  { skip },
  async (t) => {
    await withNetwork(t, {}, async ({ peapod, host }) => {
      const server = await answerAt(host, 'server', { port: 8080 });
      const [{ pid }] = JSON.parse(await host.run('sh', '-c', listening));
      await peapod.apply(pod('web', [answering('web', { ports: published(8080) })]), '--wait=PodScheduled');
      const why = new RegExp(`port 8080/TCP of the host: process ${pid} \\(.*node.*\\) has it`);
      await until('the pod says why', async () => why.test(await peapod.ok('describe', 'pod', 'web')));
      const [found] = await askAt(host, 'tcp://127.0.0.1:8080');
      t.equal(found, 'server to 127.0.0.1', 'the server is undisturbed');
      await server.interrupt();
      await peapod.waitFor('web', 'condition=Ready');
      t.same(
        await askAt(host, 'tcp://127.0.0.1:8080', 'udp://127.0.0.1:8080'),
        Array(2).fill('web to 10.85.0.1'),
      );
    });
  },
);

/** Who listens on TCP port 8080, told by the kernel. */
const listening = `inode=$(awk '$2 ~ /:1F90$/ && $4 == "0A" { print $10 }' /proc/net/tcp6)
for fd in /proc/[0-9]*/fd/*; do
  [ "$(readlink $fd)" = "socket:[$inode]" ] && pid=\${fd#/proc/} && echo "[{\\"pid\\":\${pid%%/*}}]" && exit
done`;
