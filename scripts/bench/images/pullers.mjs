import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runOrThrow } from '../../run.mjs';

/** Milliseconds until `operation` has resolved. */
async function time(operation) {
  const began = performance.now();
  await operation();
  return performance.now() - began;
}

/** Each pulls into a store of its own, which is empty before and removed after. */
async function withStore(directory, pull) {
  await mkdir(directory, { recursive: true });
  try {
    return await pull(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** peapod in this process, as a program that embeds it. */
export function pullOwn(directory, reference) {
  return withStore(join(directory, 'peapod-pull'), async (root) => {
    const { open } = await import('../../../dist/index.js');
    const engine = await open({ root });
    try {
      return await time(() => engine.images.pull(reference));
    } finally {
      await engine.close();
    }
  });
}

export function pullPodman(directory, reference) {
  return withStore(join(directory, 'podman-pull'), async (own) => {
    const storage = [
      '--root',
      join(own, 'root'),
      '--runroot',
      join(own, 'run'),
      '--storage-driver',
      'overlay',
    ];
    const args = [...storage, 'pull', '--quiet', '--tls-verify=false', reference];
    const env = { ...process.env, TMPDIR: own };
    const elapsed = await time(() => runOrThrow('podman', args, { capture: true, env }));
    // It binds its storage to itself.
    await run('umount', ['--lazy', join(own, 'root/overlay')], { capture: true });
    return elapsed;
  });
}

/** skopeo fetches a layout, umoci unpacks it. */
export function pullSkopeo(directory, reference) {
  return withStore(join(directory, 'skopeo-pull'), async (own) => {
    const policy = join(own, 'policy.json');
    await writeFile(policy, '{"default": [{"type": "insecureAcceptAnything"}]}');
    const copy = ['--policy', policy, 'copy', '--quiet', '--src-tls-verify=false'];
    return await time(async () => {
      await runOrThrow('skopeo', [...copy, `docker://${reference}`, `oci:${own}/layout:latest`], {
        capture: true,
      });
      await runOrThrow('umoci', ['unpack', '--image', `${own}/layout:latest`, `${own}/bundle`], {
        capture: true,
      });
    });
  });
}
