import { execa } from 'execa';
import t, { type Test } from 'tap';
import type { PodInspection } from '../../src/pod/inspection.js';
import { pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { isCondition } from './fixtures/status.js';
import { until } from './fixtures/until.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const page = 'a page of the pod';
const serve = `mkdir /www; echo "${page}" > /www/index.html; exec httpd -f -p 80 -h /www`;

/** A pod that serves its page on port 80, published on these ports of the host. */
function webPod(name: string, ...hostPorts: number[]) {
  const ports = hostPorts.map((hostPort) => ({ containerPort: 80, hostPort }));
  return pod(name, [script(serve, { ports })]);
}

/** CURLE_COULDNT_CONNECT; what curl says then depends on its version. */
const cannotConnect = 7;

/** What curl says of an address of the host, or why it could not. */
async function curl(address: string): Promise<string> {
  const words = ['-s', '-S', '--max-time', '5', `http://${address}`];
  const { stdout, stderr, exitCode } = await execa('curl', words, { reject: false });
  if (exitCode === cannotConnect) return 'refused';
  return exitCode === 0 ? stdout : stderr;
}

/** The server listens a moment after its container runs. */
async function serves(address: string): Promise<string> {
  return until(`${address} answers`, async () => ((await curl(address)) === page ? page : false));
}

async function inspect(peapod: Peapod, name: string): Promise<PodInspection> {
  return JSON.parse(await peapod.ok('inspect', name));
}

/** The namespace that tests run in is new, and its loopback down. */
async function onHost(t: Test, work: (peapod: Peapod) => Promise<unknown>): Promise<void> {
  await execa('ip', ['link', 'set', 'lo', 'up']);
  await withPeapod(t, work);
}

t.test('a hostPort leads to the pod, from localhost and from its address', { skip }, async (t) => {
  await onHost(t, async (peapod) => {
    await peapod.apply(webPod('web', 18_080));
    const found = await peapod.get('web');
    const address = found.status?.podIP ?? '';
    t.match(address, /^\d+\.\d+\.\d+\.\d+$/);
    t.equal(await serves('localhost:18080'), page);
    t.equal(await curl('127.0.0.1:18080'), page);
    t.equal(await curl(address), page);
    t.equal(await peapod.shell('web', `curl -s ${address}`), page, 'and to itself');
    t.equal(await peapod.ok('port', 'web'), '80/tcp -> 0.0.0.0:18080');
    t.match(await peapod.ok('describe', 'pod', 'web'), new RegExp(`^IP: +${address}$`, 'm'));
    t.match(await peapod.ok('get', 'pods', '-o', 'wide'), address);
    const { sandbox } = await inspect(peapod, 'web');
    t.match(sandbox?.network.links, [{ name: 'lo' }, { name: 'eth0', peer: /^veth/ }]);
    t.match(sandbox?.network.routes, [{ destination: 'default', link: 'eth0' }]);
  });
});

t.test('ports of a pod that runs are added and removed', { skip }, async (t) => {
  await onHost(t, async (peapod) => {
    await peapod.apply(webPod('web'));
    t.match(await curl('localhost:18081'), /refused/);
    t.equal(await peapod.ok('port', 'add', 'web', '18081:80'), '80/tcp -> 0.0.0.0:18081');
    t.equal(await serves('localhost:18081'), page);
    await peapod.ok('port', 'add', 'web', '127.0.0.1:18082:80');
    t.equal(await curl('127.0.0.1:18082'), page);
    const chosen = /:(\d+)$/.exec(await peapod.ok('port', 'add', 'web', '80'))?.[1];
    t.equal(await curl(`localhost:${chosen}`), page);
    await peapod.ok('port', 'rm', 'web', '18081:80');
    t.match(await curl('localhost:18081'), /refused/);
    t.equal(await curl('127.0.0.1:18082'), page, 'the others stay');
    t.match(await peapod.run(['port', 'rm', 'web', '18081:80']), { status: 1, stderr: /not published/ });
  });
});

t.test('a port has one pod at a time, and no process loses one', { skip }, async (t) => {
  await onHost(t, async (peapod) => {
    await peapod.apply(webPod('first', 18_083));
    await peapod.apply(webPod('second', 18_083), '--wait=PodScheduled=False');
    t.match(await peapod.ok('describe', 'pod', 'second'), /FailedScheduling.*pod "first" has it/);
    const refused = await peapod.run(['pod', 'create', '--name', 'third', '-p', '18083:80']);
    t.match(refused, { status: 1, stderr: /pod "first" has it/ });
    await peapod.ok('delete', 'pod', 'first');
    await peapod.waitFor('second', 'condition=Ready');
    t.equal(await serves('localhost:18083'), page);
    const server = execa('busybox', ['nc', '-l', '-p', '18084'], { reject: false });
    await until('nc listens', async () => {
      const ran = await peapod.run(['port', 'add', 'second', '18084:80']);
      if (ran.status === 0) await peapod.ok('port', 'rm', 'second', '18084:80');
      return ran.status === 1 && /process \d+/.test(ran.stderr);
    });
    server.kill();
    await server;
  });
});

t.test('a pod without containers holds what containers would join', { skip }, async (t) => {
  await onHost(t, async (peapod) => {
    const words = '--name lab --share +pid -p 18085:80 --hostname bench --label app=lab'.split(' ');
    t.equal(await peapod.ok('pod', 'create', ...words), 'pod/lab created');
    t.match(await peapod.ok('get', 'pods'), /^lab +0\/0 +Running +0 +\d+s$/m);
    const found = await peapod.get('lab');
    t.ok(isCondition(found, 'Ready'));
    const { sandbox, ports } = await inspect(peapod, 'lab');
    t.match(ports, [{ protocol: 'TCP', hostPort: 18_085, containerPort: 80 }]);
    const enter = ['-t', String(sandbox?.pid), '--net', '--uts'];
    t.equal((await execa('nsenter', [...enter, 'hostname'])).stdout, 'bench');
    const server = execa('nsenter', [...enter, 'busybox', 'nc', '-l', '-p', '80', '-e', 'echo', 'hi'], {
      reject: false,
    });
    t.equal(
      await until('it answers', async () => {
        const { stdout } = await execa('busybox', ['nc', '-w', '1', '127.0.0.1', '18085'], { reject: false });
        return stdout === 'hi' && stdout;
      }),
      'hi',
    );
    await server;
    await peapod.ok('delete', 'pod', 'lab');
    t.match(await curl('localhost:18085'), /refused/);
  });
});
