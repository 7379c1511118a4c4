import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCgroupMount } from '../../kernel/cgroup.js';
import { readMountinfo } from '../../kernel/mountinfo.js';
import type { Check, Finding } from './check.js';
import { type Libc, loadLibc } from './libc.js';

/** Magic numbers of <linux/magic.h>, and what is known of each as a place for writable layers. */
const filesystems: Record<number, string> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  4076150800: 'f2fs',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  26985: 'nfs',
  1702057286: 'fuse',
  1667723888: 'cgroup2',
  2613483: 'cgroup',
};

/** On these an overlay's upper layer is refused, or loses extended attributes. */
const unfitForLayers = ['overlay', 'nfs', 'fuse'];

const namespaceNames: Record<number, string> = {
  128: 'time',
  131072: 'mnt',
  33554432: 'cgroup',
  67108864: 'uts',
  134217728: 'ipc',
  268435456: 'user',
  536870912: 'pid',
  1073741824: 'net',
};

/** Questions only the C library can be asked. */
export function buildLibcChecks(stateDirectory: string): Check[] {
  return [
    { name: 'state directory', look: () => withLibc((libc) => lookAtState(libc, stateDirectory)) },
    { name: 'cgroup directory', look: () => withLibc(lookAtCgroupDirectory) },
    { name: 'namespace types', look: () => withLibc(lookAtNamespaces) },
    { name: 'owner of the user namespace', look: () => withLibc(lookAtOwner) },
  ];
}

function withLibc(look: (libc: Libc) => Finding): Finding {
  let libc: Libc;
  try {
    libc = loadLibc();
  } catch {
    const hint = 'npm install ffi-napi ref-napi, their install scripts allowed';
    return { state: 'unknown', detail: 'not asked: ffi-napi is not installed or not built', hint };
  }
  return look(libc);
}

function lookAtState(libc: Libc, directory: string): Finding {
  const path = nearestExisting(directory);
  const type = nameOf(libc.filesystemType(path));
  if (!unfitForLayers.includes(type)) return { state: 'ok', detail: `${path} is on ${type}` };
  return {
    state: 'warning',
    detail: `${path} is on ${type}`,
    effect: 'containers cannot have a writable layer on it',
    hint: 'Put the state on another filesystem: --root DIR',
  };
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

function nameOf(magic: number): string {
  return filesystems[magic] ?? `0x${magic.toString(16)}`;
}

function lookAtCgroupDirectory(libc: Libc): Finding {
  const path = findCgroupMount(readMountinfo());
  if (path === undefined) return { state: 'unknown', detail: 'cgroup v2 is not mounted' };
  const type = nameOf(libc.filesystemType(path));
  return { state: type === 'cgroup2' ? 'ok' : 'failed', detail: `${path} is ${type}` };
}

const namespaces = '/proc/self/ns';

function lookAtNamespaces(libc: Libc): Finding {
  const found = readdirSync(namespaces).filter((name) => !name.endsWith('_for_children'));
  const wrong = found.filter((name) => ask(name, libc.namespaceType) !== name);
  if (wrong.length === 0) return { state: 'ok', detail: found.join(', ') };
  return { state: 'warning', detail: `the kernel names ${wrong.join(', ')} otherwise` };
}

function ask(name: string, ioctl: (fd: number) => number): string | undefined {
  return namespaceNames[onNamespace(name, ioctl)];
}

function onNamespace<T>(name: string, use: (fd: number) => T): T {
  const fd = openSync(join(namespaces, name), 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function lookAtOwner(libc: Libc): Finding {
  const uid = onNamespace('user', libc.ownerUid);
  return { state: 'ok', detail: `user ${uid}` };
}
