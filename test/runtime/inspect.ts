import { readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { inspectContainer } from '../../src/container/inspect.js';
import { inspectSandbox } from '../../src/sandbox/inspect.js';
import { requires } from '../scratch.js';
import { shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

function sandboxOf({ host, sandbox }: TestPod) {
  if (sandbox === undefined) throw new Error('there is no sandbox');
  return inspectSandbox(host, sandbox);
}

function commOf(pid: number | undefined): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

t.test('a sandbox and a container are told as the kernel has them', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const container = await pod.start('web', shell('sleep 1000 & wait'), { readOnlyRootfs: true });
    const sandbox = sandboxOf(pod);
    t.equal(commOf(sandbox.pid), 'pause');
    t.equal(`net:[${sandbox.namespaces.net}]`, readlinkSync(`/proc/${sandbox.pid}/ns/net`));
    t.ok(sandbox.cgroup.endsWith(`/pod${pod.spec.podUid}`));

    const run = inspectContainer(container);
    t.equal(commOf(run.pid), 'sh');
    t.ok(run.pids.includes(run.pid ?? 0) && run.pids.every((pid) => ['sh', 'sleep'].includes(commOf(pid))));
    t.match(commOf(run.monitorPid), /monitor/);
    for (const name of ['net', 'ipc', 'uts', 'pid']) {
      t.equal(run.namespaces[name], sandbox.namespaces[name], `${name} is shared`);
    }
    t.not(run.namespaces.mnt, sandbox.namespaces.mnt);
    const mounts = new Map(run.mounts.map((mount) => [mount.target, mount]));
    t.match(mounts.get('/'), { type: 'overlay', isReadOnly: true });
    t.match(mounts.get('/proc'), { type: 'proc' });
    t.match(mounts.get('/dev'), { isReadOnly: false });

    container.kill(9);
    await container.exit;
    // Pause may not have reaped the last of its processes yet, nor the monitor be gone.
    const { pid, namespaces, mounts: left } = inspectContainer(container);
    t.same({ pid, namespaces, left }, { pid: undefined, namespaces: {}, left: [] });
  });
});
