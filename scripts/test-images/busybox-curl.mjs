import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrThrow } from '../run.mjs';
import { copyProgram } from './programs.mjs';
import { commonDirectories, makeSkeleton, nameFiles } from './skeleton.mjs';

/** What Debian's busybox has no applet for, with the Debian package of each. */
const tools = { curl: 'curl', ipcs: 'util-linux', ipcmk: 'util-linux' };

/** @type {import('../test-images.mjs').TestImage} */
export const busyboxCurlImage = {
  name: 'yauritux/busybox-curl',
  changes: ['CMD ["sh"]', 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  programs: { busybox: 'busybox-static', ...tools },
  build,
};

/** busybox with its applets as hard links, as its own image has them, and Debian's curl and System V IPC tools. */
async function build(root, programs) {
  await makeSkeleton(root, {
    directories: [...commonDirectories, 'bin', 'home', 'usr/bin', 'usr/sbin', 'sbin', 'var/log'],
    files: {
      ...nameFiles,
      'etc/passwd':
        'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
      'etc/group': 'root:x:0:\nwheel:x:10:root\nwww-data:x:33:\nnogroup:x:65534:\n',
    },
  });
  await copyStatic(root, programs.get('busybox'));
  for (const name of Object.keys(tools)) await copyProgram(root, programs.get(name), `/usr/bin/${name}`);
}

async function copyStatic(root, busybox) {
  await copyFile(busybox, join(root, 'bin/busybox'));
  const applets = await runOrThrow(busybox, ['--list'], { capture: true });
  for (const name of new Set(applets.split('\n'))) {
    if (name !== '' && name !== 'busybox') await link(join(root, 'bin/busybox'), join(root, 'bin', name));
  }
}
