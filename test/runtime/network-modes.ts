import { execFileSync } from 'node:child_process';
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { PodNetwork } from '../../src/kernel/namespaces.js';
import { requires } from '../scratch.js';
import { shell, TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

/** The network of a pod that runs, for another to join. */
function networkOf({ sandbox }: TestPod): PodNetwork & object {
  if (sandbox === undefined) throw new Error('the pod was not opened');
  const { pid, startTime, bootId } = sandbox.record;
  return { path: `/proc/${pid}/ns/net`, owner: { pid, startTime, bootId } };
}

function namespaceOf({ sandbox }: TestPod, name: string): string {
  return readlinkSync(`/proc/${sandbox?.record.pid}/ns/${name}`);
}

/** A second pod of the same root, taken down with the work. */
async function withSecond(pod: TestPod, network: PodNetwork, work: (second: TestPod) => Promise<void>) {
  const second = new TestPod(pod.root, { network, hostname: 'joined' });
  try {
    await work(await second.open());
  } finally {
    await second.close();
  }
}

t.test('a pod with the network none has lo, which is up, and nothing else', { skip }, async (t) => {
  await withPod(t, { network: 'none' }, async (pod) => {
    const script = 'ls /sys/class/net; grep -c 127.0.0.1 /proc/net/fib_trie; wc -l < /proc/net/route';
    const [links, loopback, routes] = (await pod.run('web', shell(script))).split('\n');
    t.equal(links, 'lo');
    t.ok(Number(loopback) > 0);
    t.equal(routes?.trim(), '1', 'the heading alone');
    t.not(namespaceOf(pod, 'net'), readlinkSync('/proc/self/ns/net'));
  });
});

t.test(
  'a pod that joins the network of another shares that and nothing else, and keeps it',
  { skip },
  async (t) => {
    await withPod(t, {}, (pod) =>
      withSecond(pod, 'pod', async (owner) => {
        await withSecond(pod, networkOf(owner), async (joined) => {
          const shared = namespaceOf(owner, 'net');
          t.equal(namespaceOf(joined, 'net'), shared);
          for (const name of ['ipc', 'uts', 'mnt', 'pid']) {
            t.not(namespaceOf(joined, name), namespaceOf(owner, name), name);
          }
          await owner.start('server', shell('while true; do echo hello | nc -l -p 8000; done'));
          const ask = 'until nc 127.0.0.1 8000 < /dev/null; do sleep 0.05; done; hostname';
          t.equal(await joined.run('client', shell(ask)), 'hello\njoined\n');
          await owner.sandbox?.remove();
          t.equal(namespaceOf(joined, 'net'), shared, 'the namespace outlives the pod that made it');
          const look = shell('readlink /proc/self/ns/net; grep -c 127.0.0.1 /proc/net/fib_trie');
          t.match(await joined.run('later', look), /^net:.*\n[1-9]/);
        });
      }),
    );
  },
);

t.test('a network namespace that is bound to a file is joined as it is', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const path = join(pod.root, 'blue');
    writeFileSync(path, '');
    execFileSync('unshare', ['-n', 'mount', '--bind', '/proc/self/ns/net', path], { stdio: 'pipe' });
    try {
      await withSecond(pod, { path }, async (joined) => {
        t.not(namespaceOf(joined, 'net'), readlinkSync('/proc/self/ns/net'));
        const script = 'ls /sys/class/net; grep -c 127.0.0.1 /proc/net/fib_trie; hostname';
        t.equal(await joined.run('web', shell(script)), 'lo\n0\njoined\n', 'nobody has brought lo up');
      });
    } finally {
      execFileSync('umount', [path]);
    }
  });
});

t.test("with the host's network a pod has the host's, and its name", { skip }, async (t) => {
  await withPod(t, { network: 'host', uts: 'host' }, async (pod) => {
    const [namespace, name] = (await pod.run('web', shell('readlink /proc/self/ns/net; hostname'))).split(
      '\n',
    );
    t.equal(namespace, readlinkSync('/proc/self/ns/net'));
    t.equal(name, hostname());
  });
});

/** What is no network namespace, by what the error says of it. */
function makeImpostors(directory: string): Record<string, string> {
  mkdirSync(directory);
  const path = (name: string) => join(directory, name);
  writeFileSync(path('file'), '');
  execFileSync('mkfifo', [path('fifo')]);
  return {
    'it is an ordinary file': path('file'),
    'it is a FIFO': path('fifo'),
    'it is a directory': directory,
    'it is a device': '/dev/null',
    'there is no such file': path('missing'),
    'it is a namespace of another kind (IPC)': '/proc/self/ns/ipc',
    "it is the host's own": '/proc/self/ns/net',
  };
}

t.test(
  'a path that is no network namespace is told as what it is, and leaves nothing',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      for (const [what, path] of Object.entries(makeImpostors(join(pod.root, 'impostors')))) {
        const joined = new TestPod(pod.root, { network: { path } });
        const message = `Cannot join the network namespace "${path}": ${what}`;
        await t.rejects(joined.open(), { code: 'PEAPOD_NETWORK_UNAVAILABLE', message }, what);
        await joined.close();
      }
    });
  },
);

t.test('the namespace of a process is not joined once its pid is another’s', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const network = networkOf(pod);
    const owner = network.owner ?? { pid: 0, startTime: 0, bootId: '' };
    for (const other of [{ startTime: owner.startTime - 1 }, { bootId: 'another' }]) {
      const joined = new TestPod(pod.root, { network: { ...network, owner: { ...owner, ...other } } });
      await t.rejects(joined.open(), { code: 'PEAPOD_NETWORK_UNAVAILABLE', message: /has ended/ });
      await joined.close();
    }
  });
});
