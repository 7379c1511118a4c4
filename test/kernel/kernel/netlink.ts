import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { CLONE_NEWNET } from '../../../src/kernel/constants.js';
import { NETLINK_ROUTE, NetlinkSocket } from '../../../src/kernel/netlink.js';
import { NLM_F_DUMP, parseAttributes } from '../../../src/kernel/netlink-message.js';
import { signalProcess, waitForExit } from '../../../src/kernel/pidfd.js';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import { binding } from '../../../src/native/binding.js';
import { buildLinkUp } from '../../../src/network/link.js';
import { withLeakCheck } from '../../leaks.js';
import { requires } from '../../scratch.js';
import { tinyPlan } from '../../tiny-plan.js';

const native = binding();
const skip = requires('root');
const getLinks = { type: 18, flags: NLM_F_DUMP, payload: Buffer.alloc(16), action: 'list interfaces' };
const nameAttribute = 3;

function ownNamespaces(): Set<string> {
  return new Set(readdirSync('/proc/self/task').map((id) => readlinkSync(`/proc/self/task/${id}/ns/net`)));
}

/** Runs `work` beside a process in a network namespace of its own. */
async function withNamespace(
  work: (process: { pid: number; pidfd: number }) => Promise<void>,
): Promise<void> {
  const plan = tinyPlan({ command: ['/bin/sleep', '60'], cloneFlags: CLONE_NEWNET });
  const launched = await native.launch(encodePlan(plan), [], { trace: false });
  await work(launched).finally(() => signalProcess(launched.pidfd, 9));
  await waitForExit(launched.pidfd);
  native.close(launched.pidfd);
}

/** Brings `lo` up in the namespace of a process. */
async function setLoopbackUp(pidfd: number): Promise<void> {
  const socket = await NetlinkSocket.open(NETLINK_ROUTE, pidfd);
  await socket.send([buildLinkUp(1, 'lo')]).finally(() => socket.close());
}

if (!skip) await withNamespace(({ pidfd }) => setLoopbackUp(pidfd));

t.test(
  'netlink: lo of a new network namespace is brought up, and no thread of ours moves',
  { skip },
  async (t) => {
    const before = ownNamespaces();
    await withLeakCheck(
      t,
      () =>
        withNamespace(async ({ pid, pidfd }) => {
          t.notMatch(readFileSync(`/proc/${pid}/net/fib_trie`, 'utf8'), '127.0.0.1');
          await setLoopbackUp(pidfd);
          t.match(readFileSync(`/proc/${pid}/net/fib_trie`, 'utf8'), '127.0.0.1');
          await setLoopbackUp(pidfd);
        }),
      { cgroups: [] },
    );
    t.same(ownNamespaces(), before);
  },
);

t.test(
  'netlink: requests of one send are answered one by one, and the first failure is thrown',
  { skip },
  async (t) => {
    await withNamespace(async ({ pid, pidfd }) => {
      const socket = await NetlinkSocket.open(NETLINK_ROUTE, pidfd);
      const requests = [buildLinkUp(4242, 'eth9'), buildLinkUp(4243, 'eth10'), buildLinkUp(1, 'lo')];
      await t.rejects(socket.send(requests), {
        name: 'SystemError',
        message: 'Cannot set eth9 up: ENODEV',
        code: 'ENODEV',
        errno: 19,
      });
      t.match(
        readFileSync(`/proc/${pid}/net/fib_trie`, 'utf8'),
        '127.0.0.1',
        'the last was done all the same',
      );
      t.same(await socket.send([buildLinkUp(1, 'lo')]), [[]], 'the socket is good for more');
      socket.close();
    });
  },
);

t.test('netlink: a dump is read to its end', { skip }, async (t) => {
  await withNamespace(async ({ pidfd }) => {
    const socket = await NetlinkSocket.open(NETLINK_ROUTE, pidfd);
    const [links = []] = await socket.send([getLinks]);
    const names = links.map(({ payload }) =>
      parseAttributes(payload.subarray(16)).get(nameAttribute)?.toString(),
    );
    t.ok(names.includes('lo\0'));
    socket.close();
  });
});

t.test('netlink: without a process the namespace is our own; a wrong descriptor is an error', async (t) => {
  const socket = await NetlinkSocket.open(NETLINK_ROUTE);
  const [links = []] = await socket.send([getLinks]);
  t.ok(links.length >= 1);
  socket.close();
  await t.rejects(NetlinkSocket.open(NETLINK_ROUTE, 9999), { code: 'EBADF', syscall: 'setns' });
});
