import type { StepOp } from './schema.js';

/** A row: which failure, and what to do about it. `op` "*" is any step. */
export interface FailureHint {
  readonly op: StepOp | '*';
  readonly errno: string;
  readonly hint: string;
}

/**
 * What a failed step usually means. errno texts lie for mounts, so the advice is kept here, in one table, looked up
 * after the fact instead of checked for in advance.
 */
export const failureHints: readonly FailureHint[] = [
  {
    op: 'exec',
    errno: 'ENOENT',
    hint: 'The command is not in the image, or the interpreter or loader it names is not',
  },
  {
    op: 'exec',
    errno: 'EACCES',
    hint: 'The file is not executable, or is a directory, or its file system is noexec',
  },
  {
    op: 'exec',
    errno: 'ENOEXEC',
    hint: 'The file is no program for this machine; a script needs a "#!" line',
  },
  {
    op: 'limitCapabilities',
    errno: 'EPERM',
    hint: 'What enters a container has at most the capabilities that the container was started with',
  },
  { op: 'netlink', errno: 'EXFULL', hint: 'A bridge of the kernel has at most 1023 ports: delete pods' },
  {
    op: 'netlink',
    errno: 'EINVAL',
    hint: 'Something on this host may have removed the bridge: it is made anew for the next try',
  },
  { op: 'exec', errno: 'E2BIG', hint: 'Arguments and environment together are longer than the kernel takes' },
  {
    op: 'makeIn',
    errno: 'EROFS',
    hint: 'The mount point is missing and the file system it would be made on is read-only',
  },
  { op: 'makeIn', errno: 'ELOOP', hint: 'A symbolic link lies where a directory is needed' },
  {
    op: 'makeIn',
    errno: 'EEXIST',
    hint: 'A dangling symbolic link lies where the mount point is to be made',
  },
  { op: 'makeIn', errno: 'ENOTDIR', hint: 'A directory is to be mounted where the image has a file' },
  { op: 'makeIn', errno: 'EISDIR', hint: 'A file is to be mounted where the image has a directory' },
  { op: 'cloneTree', errno: 'ENOENT', hint: 'The source does not exist on the host' },
  {
    op: 'cloneTree',
    errno: 'EINVAL',
    hint: 'The source lies on a mount of another namespace, or one that must not be bound',
  },
  { op: 'cloneTreeIn', errno: 'ENOENT', hint: 'The subPath does not exist in the volume' },
  { op: 'createFilesystem', errno: 'ENODEV', hint: 'This kernel lacks the file system' },
  {
    op: 'createFilesystem',
    errno: 'EPERM',
    hint: 'It takes root with CAP_SYS_ADMIN; a nested container often lacks it',
  },
  {
    op: 'createFilesystem',
    errno: 'EINVAL',
    hint: 'overlay: the upper directory is on a file system that cannot hold it (NFS, another overlay), or lower layers nest too deep',
  },
  { op: 'createFilesystem', errno: 'ELOOP', hint: 'The upper and lower directories overlap' },
  { op: 'mount', errno: 'ENOSPC', hint: 'The limit of mounts is reached (/proc/sys/fs/mount-max)' },
  { op: 'attachMount', errno: 'ENOSPC', hint: 'The limit of mounts is reached (/proc/sys/fs/mount-max)' },
  { op: 'joinNamespaces', errno: 'ESRCH', hint: 'The process that holds the namespaces has ended' },
  { op: 'setGroups', errno: 'EPERM', hint: 'It takes CAP_SETGID' },
  {
    op: 'setRlimit',
    errno: 'EPERM',
    hint: 'The limit is above what this process holds and CAP_SYS_RESOURCE is missing',
  },
  { op: '*', errno: 'EMFILE', hint: 'Too many open files: raise the limit of nofile' },
  { op: '*', errno: 'ENOSPC', hint: 'The disk, its inodes or a kernel limit is used up' },
  {
    op: '*',
    errno: 'EPERM',
    hint: 'peapod needs root with its capabilities; `peapod doctor` shows which are missing',
  },
];

/** The advice for a step that failed with this errno, if there is any. */
export function explainFailure(op: StepOp, errno: string): string | undefined {
  const matches = (row: FailureHint) => row.errno === errno && (row.op === op || row.op === '*');
  return failureHints.find(matches)?.hint;
}
