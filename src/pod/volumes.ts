import { lstatSync, type Stats, statSync } from 'node:fs';
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPathVolumeSource, Pod } from 'kubernetes-types/core/v1.js';
import type { MountSource } from '../container/spec.js';
import { hasCode, PeapodError } from '../errors.js';
import { type Paths, volumeDirectory } from '../kernel/paths.js';

/**
 * Makes a pod's volumes on disk and checks those of the host. In-memory ones are held by pause. Done again for every
 * start, since what is on the host may come and go.
 * Rejects with PEAPOD_VOLUME_UNREADABLE for a host path that is missing or not of the type the manifest says.
 */
export async function prepareVolumes(paths: Paths, pod: Pod): Promise<void> {
  for (const { name, hostPath, emptyDir } of pod.spec?.volumes ?? []) {
    if (hostPath !== undefined) await prepareHostPath(name, hostPath);
    else if (emptyDir?.medium !== 'Memory')
      await makeEmptyDir(volumeDirectory(paths, pod.metadata?.uid ?? '', name));
  }
}

/** Whether what is to be mounted is something else than a directory. What is missing will be made as one. */
export function isFileSource(source: MountSource): boolean {
  if (source.kind !== 'host') return false;
  const { path, subPath } = source;
  // Inside a volume a symbolic link may lead anywhere: it is not followed here.
  const found =
    subPath === undefined
      ? statSync(path, { throwIfNoEntry: false })
      : lstatSync(join(path, subPath), { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory();
}

async function makeEmptyDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  // Any user of any container may write, as in Kubernetes; mkdir's own mode is cut by the umask.
  await chmod(path, 0o777);
}

async function prepareHostPath(name: string, { path, type = '' }: HostPathVolumeSource): Promise<void> {
  try {
    await createIfAsked(path, type);
    const found = await stat(path);
    const wanted = hostPathTypes[type];
    if (wanted !== undefined && !wanted.isMet(found)) throw new Error(`it is not ${wanted.phrase}`);
  } catch (error) {
    throw unreadable(name, path, error as Error);
  }
}

async function createIfAsked(path: string, type: string): Promise<void> {
  if (type === 'DirectoryOrCreate')
    await ifMissing(path, () => mkdir(path, { recursive: true, mode: 0o755 }));
  // As in Kubernetes, the file's directory is not made.
  if (type === 'FileOrCreate') await ifMissing(path, async () => (await open(path, 'wx', 0o644)).close());
}

async function ifMissing(path: string, create: () => Promise<unknown>): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await create();
  }
}

interface HostPathType {
  readonly phrase: string;
  isMet(found: Stats): boolean;
}

const directory: HostPathType = { phrase: 'a directory', isMet: (found) => found.isDirectory() };
const file: HostPathType = { phrase: 'a file', isMet: (found) => found.isFile() };

/** By the name in the manifest; the empty one checks nothing but that something is there. */
const hostPathTypes: Readonly<Record<string, HostPathType | undefined>> = {
  Directory: directory,
  DirectoryOrCreate: directory,
  File: file,
  FileOrCreate: file,
  Socket: { phrase: 'a socket', isMet: (found) => found.isSocket() },
  CharDevice: { phrase: 'a character device', isMet: (found) => found.isCharacterDevice() },
  BlockDevice: { phrase: 'a block device', isMet: (found) => found.isBlockDevice() },
};

function unreadable(name: string, path: string, cause: Error): PeapodError {
  const why = hasCode(cause, 'ENOENT') ? 'it does not exist' : cause.message;
  return new PeapodError(
    'PEAPOD_VOLUME_UNREADABLE',
    `Cannot use hostPath ${path} for volume "${name}": ${why}`,
    {
      cause,
      details: { volume: name, path },
      hint: hasCode(cause, 'ENOENT')
        ? 'Create it, or set hostPath.type to DirectoryOrCreate or FileOrCreate'
        : undefined,
    },
  );
}
