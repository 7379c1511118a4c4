import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

t.test('volumes are what the manifest says', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const host = join(peapod.root, 'host');
    mkdirSync(join(host, 'sub/deep'), { recursive: true });
    writeFileSync(join(host, 'file'), 'of the host\n');
    await peapod.apply(
      pod(
        'web',
        [
          script(idle, {
            volumeMounts: [
              { name: 'memory', mountPath: '/memory' },
              { name: 'disk', mountPath: '/disk' },
              { name: 'disk', mountPath: '/read-only', readOnly: true },
              { name: 'disk', mountPath: '/part', subPath: 'a/b' },
              { name: 'host', mountPath: '/host' },
              { name: 'file', mountPath: '/etc/one-file', readOnly: true },
              { name: 'made', mountPath: '/made' },
              { name: 'made-file', mountPath: '/made-file' },
            ],
          }),
        ],
        {
          volumes: [
            { name: 'memory', emptyDir: { medium: 'Memory' } },
            { name: 'disk', emptyDir: {} },
            { name: 'host', hostPath: { path: host, type: 'Directory' } },
            { name: 'file', hostPath: { path: join(host, 'file'), type: 'File' } },
            { name: 'made', hostPath: { path: join(host, 'made'), type: 'DirectoryOrCreate' } },
            { name: 'made-file', hostPath: { path: join(host, 'made-file'), type: 'FileOrCreate' } },
          ],
        },
      ),
    );
    const look = (text: string) => peapod.shell('web', text);
    t.match(await look('grep " /memory " /proc/mounts'), /^tmpfs \/memory tmpfs rw/);
    t.notMatch(await look('grep " /disk " /proc/mounts'), 'tmpfs');
    t.equal(await look('stat -c %a /memory /disk'), '777\n777');
    t.equal(await look('echo new > /disk/a/b/file; cat /part/file /read-only/a/b/file'), 'new\nnew');
    t.equal(
      await look('(touch /read-only/f; touch /etc/one-file) 2>&1 | grep -c "Read-only file system"'),
      '2',
    );
    t.equal(
      await look('cat /etc/one-file; ls /host; echo from inside > /host/sub/deep/file'),
      'of the host\nfile\nmade\nmade-file\nsub',
    );
    t.equal(readFileSync(join(host, 'sub/deep/file'), 'utf8'), 'from inside\n');
    t.equal(await look('test -d /made && test -f /made-file && echo both'), 'both');
  });
});

t.test(
  'a hostPath that is missing or of another type keeps the container from starting',
  { skip },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      const file = join(peapod.root, 'file');
      writeFileSync(file, '');
      const rows = [
        { path: join(peapod.root, 'missing'), type: '', says: 'it does not exist' },
        { path: file, type: 'Directory', says: 'it is not a directory' },
        { path: peapod.root, type: 'File', says: 'it is not a file' },
        { path: file, type: 'Socket', says: 'it is not a socket' },
        { path: file, type: 'CharDevice', says: 'it is not a character device' },
      ];
      for (const [index, { path, type }] of rows.entries())
        await applyHostPath(peapod, `web-${index}`, { path, type });
      for (const [index, { path, says }] of rows.entries()) {
        await peapod.waitFor(
          `web-${index}`,
          'jsonpath={.status.containerStatuses[0].state.waiting.reason}=ContainerCreating',
        );
        const text = await peapod.ok('describe', 'pod', `web-${index}`);
        t.match(text, new RegExp(`Warning +FailedMount .*${path} for volume "host": ${says}`), says);
      }
    });
  },
);

async function applyHostPath(
  peapod: Peapod,
  name: string,
  hostPath: { path: string; type: string },
): Promise<void> {
  const volumeMounts = [{ name: 'host', mountPath: '/host' }];
  const manifest = pod(name, [script(idle, { volumeMounts })], { volumes: [{ name: 'host', hostPath }] });
  await peapod.apply(manifest, '--wait=PodScheduled');
}

t.test('a subPath that is a symbolic link leads nowhere outside its volume', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const canary = join(peapod.root, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'file'), 'of the host\n');
    const host = join(peapod.root, 'host');
    mkdirSync(host);
    symlinkSync(canary, join(host, 'absolute'));
    symlinkSync('../canary', join(host, 'relative'));
    for (const subPath of ['absolute', 'relative', 'relative/file']) {
      const name = subPath.replace('/', '-');
      const volumeMounts = [{ name: 'host', mountPath: '/inside', subPath }];
      const volumes = [{ name: 'host', hostPath: { path: host } }];
      const attack = script('touch /inside/mine; echo mine > /inside; ls /inside', { volumeMounts });
      await peapod.apply(
        pod(name, [attack], { volumes, restartPolicy: 'Never' }),
        '--wait=PodReadyToStartContainers',
      );
      await peapod.run(['wait', '--for=jsonpath={.status.phase}=Succeeded', name, '--timeout=2s']);
      t.notMatch(
        (await peapod.run(['logs', name])).stdout,
        'file',
        `${subPath}: the host's file is not seen`,
      );
    }
    t.same(readFileSync(join(canary, 'file'), 'utf8'), 'of the host\n');
  });
});
