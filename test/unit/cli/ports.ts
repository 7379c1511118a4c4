import t from 'tap';
import { parse } from 'yaml';
import { PeapodError } from '../../../src/errors.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

function withWeb(): FakeEngine {
  const engine = new FakeEngine();
  engine.put(webPod());
  return engine;
}

const tcp = { protocol: 'TCP', hostPort: 8080, containerPort: 80 } as const;

t.test("port lists in Docker's form, or as objects", async (t) => {
  const engine = withWeb();
  t.same(await runCli(['port', 'web'], { engine }), { code: 0, stdout: '', stderr: '' });
  engine.published.push(tcp, { ...tcp, hostIP: '127.0.0.1', protocol: 'UDP' }, { ...tcp, hostIP: 'fd00::1' });
  const { stdout } = await runCli(['port', 'pod/web'], { engine });
  t.equal(stdout, '80/tcp -> 0.0.0.0:8080\n80/udp -> 127.0.0.1:8080\n80/tcp -> [fd00::1]:8080\n');
  t.same(JSON.parse((await runCli(['port', 'web', '-o', 'json'], { engine })).stdout), engine.published);
  t.match(await runCli(['port', 'nope'], { engine }), { code: 1, stderr: /Cannot find pod "nope"/ });
});

t.test('port add publishes each, and says where', async (t) => {
  const engine = withWeb();
  const ran = await runCli(['port', 'add', 'web', '8080:80', '[::1]:5353-5354:53-54/udp', '80'], { engine });
  t.same(ran, {
    code: 0,
    stdout: '80/tcp -> 0.0.0.0:8080\n53/udp -> [::1]:5353\n54/udp -> [::1]:5354\n80/tcp -> 0.0.0.0:40000\n',
    stderr: '',
  });
  t.same(engine.calls[0], ['addPort', 'web', tcp]);
  t.same(engine.calls[3], ['addPort', 'web', { protocol: 'TCP', containerPort: 80 }]);
  engine.failure = new PeapodError('PEAPOD_PORT_TAKEN', 'Port 8080/TCP of the host is taken by pod "db"');
  const failed = await runCli(['port', 'add', 'web', '8080:80'], { engine });
  t.match(failed, { code: 1, stdout: '', stderr: /taken by pod "db"/ });
});

t.test('port rm ends them', async (t) => {
  const engine = withWeb();
  const { code, stdout } = await runCli(['port', 'rm', 'web', '8080:80'], { engine });
  t.same([code, stdout], [0, '80/tcp -> 0.0.0.0:8080 removed\n']);
  t.same(engine.calls[0], ['removePort', 'web', tcp]);
  const { stderr } = await runCli(['port', 'rm', 'web', '127.0.0.1::80'], { engine });
  t.match(stderr, /does not say which port of the host\nhint: Write HOSTPORT:PORT/);
});

t.test('pod create passes on what is said, and returns when the sandbox runs', async (t) => {
  const engine = new FakeEngine();
  const words = '--name lab --share +pid -p 8080:80 -p 80/udp --net none --hostname h --label a=b --label c=';
  const ran = await runCli(['pod', 'create', ...words.split(' ')], { engine });
  t.same(ran, { code: 0, stdout: 'pod/lab created\n', stderr: '' });
  t.same(engine.calls[0], [
    'createPod',
    {
      name: 'lab',
      share: ['net', 'ipc', 'uts', 'pid'],
      ports: [tcp, { protocol: 'UDP', containerPort: 80 }],
      network: 'none',
      hostname: 'h',
      labels: { a: 'b', c: '' },
    },
  ]);
  await runCli(['pod', 'create', '--name', 'lab', '--share', 'net,uts'], { engine });
  t.same(engine.calls.at(-2), ['createPod', { name: 'lab', share: ['net', 'uts'] }]);
});

t.test('pod create waits no longer than it was told', async (t) => {
  class Stuck extends FakeEngine {
    override async createPod(options: Parameters<FakeEngine['createPod']>[0]) {
      const pod = await super.createPod(options);
      this.put({ ...pod, status: { phase: 'Pending' } });
      return pod;
    }
  }
  const args = ['pod', 'create', '--name', 'lab'];
  const ran = await runCli([...args, '--timeout', '30ms'], { engine: new Stuck() });
  t.match(ran, {
    code: 1,
    stdout: 'pod/lab created\n',
    stderr: /Timed out.*\nhint: See why: peapod describe/,
  });
  t.match(await runCli([...args, '--no-wait'], { engine: new Stuck() }), { code: 0 });
});

t.test('inspect prints one object', async (t) => {
  const engine = withWeb();
  const printed = JSON.parse((await runCli(['inspect', 'web'], { engine })).stdout);
  t.match(printed, { pod: { metadata: { name: 'web' } }, ports: [], containers: [] });
  t.same(parse((await runCli(['inspect', 'pod', 'web', '-o', 'yaml'], { engine })).stdout), printed);
  const path = 'jsonpath={.pod.metadata.name}';
  t.equal((await runCli(['inspect', 'pod/web', '-o', path], { engine })).stdout, 'web');
});
