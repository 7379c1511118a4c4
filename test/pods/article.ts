import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Follower } from './fixtures/follow.js';
import { projectRoot } from './fixtures/project.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const manifest = join(projectRoot, 'examples/nginx-busybox-pod.yaml');
const name = 'nginx-busybox';
const inBusybox = `${name}/busybox`;
const inNginx = `${name}/nginx`;

t.test("the articles' pod: two programs that share all but their files", { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    t.equal(await peapod.ok('apply', '-f', manifest, '--wait'), `pod/${name} created`);

    const processes = await peapod.ok('exec', name, '-c', 'busybox', '--', 'ps');
    t.match(processes, /^\s+1 \S+ +\/pause$/m, 'pause is process 1');
    t.match(processes, /nginx: master process nginx -g daemon off;/);
    t.match(processes, /nginx: worker process/);
    t.match(processes, /\/bin\/sh -c while true; do sleep 1h; done/);
    t.equal(processes.split('\n').filter((line) => line.includes('peapod')).length, 0, 'none of the runtime');

    await peapod.shell(inNginx, 'echo "a page of the volume" > /usr/share/nginx/html/index.html');
    t.equal(await peapod.shell(inBusybox, 'curl -s localhost'), 'a page of the volume');
    t.equal(await peapod.shell(inBusybox, "curl -s '[::1]'"), 'a page of the volume', 'over IPv6, too');
    t.equal(
      await peapod.shell(inBusybox, 'ls -d /usr/share/nginx 2>&1 || true'),
      'ls: /usr/share/nginx: No such file or directory',
    );

    const tail = new Follower(
      peapod.start(['exec', name, '-c', 'busybox', '--', 'tail', '-f', '/var/log/nginx/access.log']),
    );
    await peapod.shell(inBusybox, 'curl -s localhost/told-by-tail');
    await tail.sees(/GET \/told-by-tail/);
    await tail.interrupt();
    t.pass('busybox sees the access log grow through the shared volume');

    t.equal(await peapod.ok('exec', name, '-c', 'busybox', '--', 'hostname'), name);
    t.equal(await peapod.ok('exec', name, '-c', 'nginx', '--', 'hostname'), name);
    await sharesQueues(t, {
      make: (script) => peapod.shell(inNginx, script),
      look: (script) => peapod.shell(inBusybox, script),
    });
  });
});

interface Shells {
  make(script: string): Promise<string>;
  look(script: string): Promise<string>;
}

async function sharesQueues(t: Test, { make, look }: Shells): Promise<void> {
  const [, id = ''] = (await make('ipcmk -Q')).match(/id: (\d+)/) ?? [];
  const queues = await make('ipcs -q');
  t.match(queues, new RegExp(`^0x\\S+ +${id} +root`, 'm'), 'a queue made in one');
  t.equal(await look('ipcs -q'), queues, 'is seen from the other');
  const key = /^(0x\S+)/m.exec(queues)?.[1] ?? '';
  t.notMatch(readFileSync('/proc/sysvipc/msg', 'utf8'), String(Number(key)), 'and not from the host');
}
