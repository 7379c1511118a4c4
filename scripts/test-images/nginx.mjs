import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyProgram } from './programs.mjs';
import { commonDirectories, makeSkeleton, nameFiles } from './skeleton.mjs';

/** What a shell in the image can run, with the Debian package of each. */
const tools = {
  sh: 'dash',
  ipcs: 'util-linux',
  ipcmk: 'util-linux',
  cat: 'coreutils',
  head: 'coreutils',
  env: 'coreutils',
  id: 'coreutils',
  ls: 'coreutils',
  mkdir: 'coreutils',
  readlink: 'coreutils',
  rm: 'coreutils',
  sleep: 'coreutils',
  touch: 'coreutils',
  tail: 'coreutils',
  hostname: 'hostname',
};

const nginxConfig = `user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log    /var/log/nginx/access.log;
    sendfile      on;
    include       /etc/nginx/conf.d/*.conf;
}
`;

const siteConfig = `server {
    listen       80;
    listen       [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html;
    }
}
`;

const page = `<!DOCTYPE html>
<html>
<head><title>It works</title></head>
<body><h1>nginx in a pod</h1></body>
</html>
`;

/** @type {import('../test-images.mjs').TestImage} */
export const nginxImage = {
  name: 'nginx',
  changes: [
    'CMD ["nginx", "-g", "daemon off;"]',
    'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'STOPSIGNAL SIGQUIT',
  ],
  programs: { nginx: 'nginx-light', ...tools },
  build,
};

/** Laid out as Docker's image: the same paths for pages, logs and configuration, and the same user. */
async function build(root, programs) {
  const merged = ['bin', 'lib', 'lib64', 'sbin'];
  await makeSkeleton(root, {
    directories: [
      ...commonDirectories,
      ...merged.map((name) => `usr/${name}`),
      'usr/lib/x86_64-linux-gnu',
      // Debian's nginx makes its temporary directories in it.
      'var/lib/nginx',
    ],
    symlinks: { ...Object.fromEntries(merged.map((name) => [name, `usr/${name}`])), 'var/run': '/run' },
    files: {
      ...nameFiles,
      'etc/passwd':
        'root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx user:/nonexistent:/bin/false\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
      'etc/group': 'root:x:0:\nnginx:x:101:\nnogroup:x:65534:\n',
      'etc/nginx/nginx.conf': nginxConfig,
      'etc/nginx/conf.d/default.conf': siteConfig,
      'usr/share/nginx/html/index.html': page,
      'var/log/nginx/access.log': '',
      'var/log/nginx/error.log': '',
    },
  });
  await copyFile('/etc/nginx/mime.types', join(root, 'etc/nginx/mime.types'));
  await copyProgram(root, programs.get('nginx'), '/usr/sbin/nginx');
  for (const name of Object.keys(tools)) await copyProgram(root, programs.get(name), `/usr/bin/${name}`);
}
