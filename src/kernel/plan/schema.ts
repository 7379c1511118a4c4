/**
 * The steps of a launch plan: the one definition both languages follow. TypeScript's types, the encoder, the
 * checker and error messages follow this table; `native/core/plan_ops.h` is generated from it (`npm run generate`).
 *
 * Field kinds:
 * - `u64`      a number, up to 2^53 - 1 in TypeScript
 * - `string`   NUL-terminated text without a NUL inside
 * - `strings`  a list of them (argv, envp, candidate paths, file system options)
 * - `ids`      a list of 32-bit user or group ids
 * - `words`    a message's bytes, a multiple of four
 * - `fd`       a descriptor the step uses: the name of an input of the plan or of an earlier step's `out`
 * - `out`      the name under which the step leaves the descriptor it opens
 */
export type FieldKind = 'u64' | 'string' | 'strings' | 'ids' | 'words' | 'fd' | 'out';

export interface StepSchema {
  /** Never reused; the number on the wire. */
  readonly opcode: number;
  /** In wire order; at most six. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /**
   * The system calls the step makes, in order. A trailing `?` marks one that may be left out, `*` one, or one of
   * several parted by `|`, that may come any number of times; a test holds `strace` against this.
   */
  readonly syscalls: readonly string[];
}

export const stepSchema = {
  /** mount(2), for propagation changes and remounts; `source`, `type` and `data` are passed as given ("" is NULL). */
  mount: {
    opcode: 1,
    fields: { source: 'string', target: 'string', type: 'string', flags: 'u64', data: 'string' },
    syscalls: ['mount'],
  },
  /** fsopen, fsconfig for each `key=value` or flag, FSCONFIG_CMD_CREATE, fsmount: a detached mount in `out`. */
  createFilesystem: {
    opcode: 2,
    fields: { type: 'string', options: 'strings', attributes: 'u64', out: 'out' },
    syscalls: ['fsopen', 'fsconfig*', 'fsmount', 'close'],
  },
  /** open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags): a detached copy of a mount in `out`. */
  cloneTree: {
    opcode: 3,
    fields: { path: 'string', flags: 'u64', out: 'out' },
    syscalls: ['open_tree'],
  },
  /** The same beneath a directory that is not trusted: openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), then open_tree. */
  cloneTreeIn: {
    opcode: 4,
    fields: { root: 'fd', path: 'string', flags: 'u64', out: 'out' },
    syscalls: ['openat2', 'open_tree'],
  },
  /** mount_setattr(fd, "", AT_EMPTY_PATH | flags): attributes and propagation of a mount held by fd. */
  setMountAttributes: {
    opcode: 5,
    fields: { mount: 'fd', set: 'u64', clear: 'u64', propagation: 'u64', flags: 'u64' },
    syscalls: ['mount_setattr'],
  },
  /** move_mount(mount, "", target, ""): attaches a detached mount on an open directory or file. */
  attachMount: { opcode: 6, fields: { mount: 'fd', target: 'fd' }, syscalls: ['move_mount'] },
  /** open(path, flags | O_CLOEXEC), for paths of our own. */
  openPath: { opcode: 7, fields: { path: 'string', flags: 'u64', out: 'out' }, syscalls: ['open'] },
  /** openat2(root, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), for paths inside a root that is not trusted. */
  openIn: {
    opcode: 8,
    fields: { root: 'fd', path: 'string', flags: 'u64', out: 'out' },
    syscalls: ['openat2'],
  },
  /**
   * Opens `path` (O_PATH) inside an untrusted root, making what is missing: directories with `mode`, and the last
   * component as a directory or, when `file` is 1, an empty file. An existing last component of the other type
   * is ENOTDIR or EISDIR. `resolve` adds RESOLVE_ flags: RESOLVE_NO_SYMLINKS makes a symlink on the way ELOOP.
   */
  makeIn: {
    opcode: 9,
    fields: { root: 'fd', path: 'string', mode: 'u64', file: 'u64', resolve: 'u64', out: 'out' },
    syscalls: ['openat2|mkdirat|mknodat*', 'fstat?'],
  },
  /** mkdirat(directory, name, mode). */
  makeDirectory: {
    opcode: 10,
    fields: { directory: 'fd', name: 'string', mode: 'u64' },
    syscalls: ['mkdirat'],
  },
  /** mknodat(directory, name, S_IFCHR | mode, device). */
  makeDevice: {
    opcode: 11,
    fields: { directory: 'fd', name: 'string', mode: 'u64', device: 'u64' },
    syscalls: ['mknodat'],
  },
  /** symlinkat(target, directory, name). */
  makeSymlink: {
    opcode: 12,
    fields: { directory: 'fd', name: 'string', target: 'string' },
    syscalls: ['symlinkat'],
  },
  /**
   * Hides a path beneath `root`: a file under a clone of the mount `file`, a directory under a clone of the mount
   * `directory`. Resolved with RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS; a path that is not there needs no mask.
   */
  maskPath: {
    opcode: 13,
    fields: { root: 'fd', path: 'string', file: 'fd', directory: 'fd' },
    syscalls: ['openat2', 'fstat?', 'open_tree?', 'move_mount?'],
  },
  /** Binds a path beneath `root` over itself, read-only, resolved as in maskPath. A path that is not there is skipped. */
  readOnlyPath: {
    opcode: 14,
    fields: { root: 'fd', path: 'string' },
    syscalls: ['openat2', 'open_tree?', 'mount_setattr?', 'move_mount?'],
  },
  /** fchdir(fd). */
  changeDirectory: { opcode: 15, fields: { directory: 'fd' }, syscalls: ['fchdir'] },
  /** pivot_root(newRoot, putOld); both "." leaves the old root mounted over the new one, to be unmounted next. */
  pivotRoot: { opcode: 16, fields: { newRoot: 'string', putOld: 'string' }, syscalls: ['pivot_root'] },
  /** fchdir(directory), chroot("."): for a mount over the root of a namespace with nothing in it to be let go of. */
  changeRoot: { opcode: 54, fields: { directory: 'fd' }, syscalls: ['fchdir', 'chroot'] },
  /** umount2(path, flags). */
  unmount: { opcode: 17, fields: { path: 'string', flags: 'u64' }, syscalls: ['umount2'] },
  /** setns(pidfd or namespace fd, flags). */
  joinNamespaces: { opcode: 18, fields: { target: 'fd', flags: 'u64' }, syscalls: ['setns'] },
  /**
   * setns(mounts, CLONE_NEWNS), unshare(CLONE_NEWNS): a mount namespace of its own that begins as a copy of another, with that
   * one's root and working directory. What follows by path is led by what is mounted there: never a container's.
   */
  copyMounts: { opcode: 53, fields: { mounts: 'fd' }, syscalls: ['setns', 'unshare'] },
  /** unshare(flags). */
  unshare: { opcode: 19, fields: { flags: 'u64' }, syscalls: ['unshare'] },
  /** sethostname(name). */
  setHostname: { opcode: 20, fields: { name: 'string' }, syscalls: ['sethostname'] },
  /** open(path, O_WRONLY | O_CLOEXEC), write, close: a file of procfs, sysfs or cgroupfs. */
  writeFile: {
    opcode: 21,
    fields: { path: 'string', content: 'string' },
    syscalls: ['open', 'write', 'close'],
  },
  /** setgroups(gids). */
  setGroups: { opcode: 22, fields: { gids: 'ids' }, syscalls: ['setgroups'] },
  /** setresgid(gid, gid, gid). */
  setGid: { opcode: 23, fields: { gid: 'u64' }, syscalls: ['setresgid'] },
  /** setresuid(uid, uid, uid). */
  setUid: { opcode: 24, fields: { uid: 'u64' }, syscalls: ['setresuid'] },
  /** PR_CAPBSET_DROP of every capability that is not a bit of `keep`, up to the last one the kernel knows. */
  limitCapabilities: { opcode: 25, fields: { keep: 'u64' }, syscalls: ['prctl*'] },
  /** capset: effective, permitted and inheritable, as bit masks. */
  setCapabilities: {
    opcode: 26,
    fields: { effective: 'u64', permitted: 'u64', inheritable: 'u64' },
    syscalls: ['capset'],
  },
  /** PR_SET_NO_NEW_PRIVS. */
  setNoNewPrivileges: { opcode: 27, fields: {}, syscalls: ['prctl'] },
  /** prlimit64(0, resource, {soft, hard}). */
  setRlimit: { opcode: 28, fields: { resource: 'u64', soft: 'u64', hard: 'u64' }, syscalls: ['prlimit64'] },
  /** setsid(). */
  createSession: { opcode: 29, fields: {}, syscalls: ['setsid'] },
  /** Opens /dev/pts/ptmx of the current root, unlocks it and opens its peer (TIOCGPTPEER). */
  openTerminal: {
    opcode: 30,
    fields: { path: 'string', out: 'out', peer: 'out' },
    syscalls: ['open', 'ioctl', 'ioctl'],
  },
  /** Sends one descriptor over a unix socket (SCM_RIGHTS), with one byte. */
  sendFd: { opcode: 31, fields: { socket: 'fd', fd: 'fd' }, syscalls: ['sendmsg'] },
  /** Waits for a byte from a pipe: the launcher's word that all is there. The end of the pipe instead of it is EPIPE. */
  awaitGate: { opcode: 49, fields: { gate: 'fd' }, syscalls: ['read'] },
  /** Waits for one descriptor on a unix socket (SCM_RIGHTS). The end of the connection instead is EPIPE, another message EPROTO. */
  receiveFd: { opcode: 50, fields: { socket: 'fd', out: 'out' }, syscalls: ['recvmsg'] },
  /** TIOCSCTTY: makes a terminal the session's. */
  setControllingTerminal: { opcode: 32, fields: { terminal: 'fd' }, syscalls: ['ioctl'] },
  /** fchown(fd, uid, gid). */
  changeOwner: { opcode: 33, fields: { fd: 'fd', uid: 'u64', gid: 'u64' }, syscalls: ['fchown'] },
  /** dup3(fd, number), without close-on-exec; the same number only clears close-on-exec. */
  duplicateFd: { opcode: 34, fields: { fd: 'fd', number: 'u64' }, syscalls: ['dup2?', 'fcntl?'] },
  /** close_range(first, ~0, CLOSE_RANGE_CLOEXEC), for a program that no path leads to. */
  closeOnExec: { opcode: 35, fields: { first: 'u64' }, syscalls: ['close_range'] },
  /** rt_sigaction(SIG_DFL) for each signal, then an empty mask. */
  resetSignals: { opcode: 36, fields: {}, syscalls: ['rt_sigaction*', 'rt_sigprocmask'] },
  /** An empty mask, and nothing else: for a child of a launcher that has the default disposition for each signal. */
  unblockSignals: { opcode: 48, fields: {}, syscalls: ['rt_sigprocmask'] },
  /** A full mask, and nothing else: for a program that sees to its signals itself, and misses none until it does. */
  blockSignals: { opcode: 52, fields: {}, syscalls: ['rt_sigprocmask'] },
  /** umask(mode). */
  setUmask: { opcode: 37, fields: { mode: 'u64' }, syscalls: ['umask'] },
  /** PR_SET_NAME, at most 15 bytes. */
  setName: { opcode: 38, fields: { name: 'string' }, syscalls: ['prctl'] },
  /** PR_SET_DUMPABLE 0. Never in a plan that shares its launcher's memory: dumpable belongs to the memory. */
  setNotDumpable: { opcode: 39, fields: {}, syscalls: ['prctl'] },
  /**
   * Closes every descriptor from 3 on but its report's, then tries each path in turn with execve; ENOENT and ENOTDIR go on
   * to the next, EACCES is remembered. What is open at that moment is a way out for whoever chose the path, the name of an
   * interpreter in the file, or a link: the kernel closes what is close-on-exec only after it has followed them.
   */
  exec: {
    opcode: 40,
    fields: { paths: 'strings', argv: 'strings', envp: 'strings' },
    syscalls: ['close_range*', 'execve*'],
  },
  /** execveat(fd, "", AT_EMPTY_PATH). */
  execFd: { opcode: 41, fields: { file: 'fd', argv: 'strings', envp: 'strings' }, syscalls: ['execveat'] },
  /** close(fd). */
  closeFd: { opcode: 51, fields: { fd: 'fd' }, syscalls: ['close'] },
  /** Closes every descriptor from `first` on that is neither an input of the plan nor its report's. */
  closeOthers: { opcode: 42, fields: { first: 'u64' }, syscalls: ['close_range*'] },
  /** mkdir(path, mode), and of what is missing above it. One that is there stays as it is. */
  ensureDirectory: { opcode: 43, fields: { path: 'string', mode: 'u64' }, syscalls: ['mkdirat*'] },
  /** Replaces a file as a whole: open(temporary, O_CREAT | O_TRUNC, 0600), write, close, rename(temporary, path). */
  writeRecord: {
    opcode: 44,
    fields: { path: 'string', temporary: 'string', content: 'string' },
    syscalls: ['open', 'write', 'close', 'rename'],
  },
  /** A listening SOCK_SEQPACKET socket, mode 0600: at `path` if that fits into sun_path, else at `name` of `directory`. */
  listenUnix: {
    opcode: 45,
    fields: { path: 'string', directory: 'fd', name: 'string', backlog: 'u64', out: 'out' },
    syscalls: ['socket', 'fchmod', 'bind', 'listen'],
  },
  /** socket(AF_NETLINK, SOCK_RAW, protocol), in the network namespace the step runs in. */
  openNetlink: { opcode: 46, fields: { protocol: 'u64', out: 'out' }, syscalls: ['socket'] },
  /**
   * Sends netlink requests in one datagram and takes as many answers as `answers` says; the first that is an error is
   * the step's. `action` says in words what they ask for.
   */
  netlink: {
    opcode: 47,
    fields: { socket: 'fd', requests: 'words', answers: 'u64', action: 'string' },
    syscalls: ['sendto', 'recvfrom*'],
  },
} as const satisfies Record<string, StepSchema>;

export type StepOp = keyof typeof stepSchema;

interface FieldTypes {
  u64: number;
  string: string;
  strings: readonly string[];
  ids: readonly number[];
  words: Uint8Array;
  fd: string;
  out: string;
}

/** One step: its name and its fields, all present; there are no defaults anywhere. */
export type Step = {
  [Op in StepOp]: { readonly op: Op } & {
    readonly [Field in keyof (typeof stepSchema)[Op]['fields']]: FieldTypes[(typeof stepSchema)[Op]['fields'][Field] &
      FieldKind];
  };
}[StepOp];
