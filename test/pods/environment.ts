import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import t from 'tap';
import { idle, pod, script } from './fixtures/manifest.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

t.test('environment, arguments and working directory come from the manifest', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const main = script('', {
      command: ['sh', '-c', 'echo "$@"; pwd; env | sort; exec sleep 1000', 'sh'],
      args: ['$(GREETING)', '$$(GREETING)', '$(UNKNOWN)'],
      workingDir: '/var/log',
      env: [
        { name: 'NAME', value: 'world' },
        { name: 'GREETING', value: 'hello $(NAME)' },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
    });
    await peapod.apply(pod('web', [main], { hostname: 'named' }));
    const [args, directory, ...env] = (await peapod.ok('logs', 'web')).split('\n');
    t.equal(args, 'hello world $(GREETING) $(UNKNOWN)');
    t.equal(directory, '/var/log');
    const clean = env.filter((line) => !/^(SHLVL|PWD|HOME)=/.test(line));
    t.same(clean, [
      'GREETING=hello world',
      'HOSTNAME=named',
      'NAME=world',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'POD=web',
    ]);
    t.equal(await peapod.shell('web', 'hostname; cat /etc/hostname'), 'named\nnamed');
  });
});

const namespaces = ['net', 'pid', 'ipc', 'uts', 'mnt'] as const;

t.test('the host shares the namespaces that the manifest asks for, and no others', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const ofHost = namespaces.map((type) => readlinkSync(`/proc/self/ns/${type}`));
    const look = async (name: string) => {
      const links = await peapod.shell(
        name,
        namespaces.map((type) => `readlink /proc/self/ns/${type}`).join('; '),
      );
      const same = links.split('\n').map((link, index) => link === ofHost[index]);
      return namespaces.filter((_, index) => same[index]);
    };
    await peapod.apply(pod('private', [script(idle)]));
    t.same(await look('private'), []);
    await peapod.apply(
      pod('of-the-host', [script(idle)], { hostNetwork: true, hostPID: true, hostIPC: true }),
    );
    t.same(
      await look('of-the-host'),
      ['net', 'pid', 'ipc', 'uts'],
      'a pod on the host network has its name, too',
    );
    t.equal(await peapod.shell('of-the-host', 'hostname'), hostname());
    t.match(
      await peapod.shell('of-the-host', 'cat /proc/1/comm'),
      readFileSync('/proc/1/comm', 'utf8').trim(),
    );
    t.equal(await peapod.shell('private', 'cat /proc/1/comm'), 'sh');
    t.equal(
      await peapod.shell('private', 'curl -s --max-time 1 localhost; echo $?'),
      '7',
      'lo is up: refused, not unreachable',
    );
  });
});
