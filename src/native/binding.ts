import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file name or path: text, or bytes where it need not be UTF-8. A NUL inside is EINVAL. */
export type Path = string | Uint8Array;

export type SocketType = 'seqpacket' | 'stream';

/** What {@link Binding.launch} answers. */
export interface LaunchResult {
  /** The child; 0 when the plan failed, and the child has been reaped. */
  pid: number;
  /** Close-on-exec; -1 when the plan failed. */
  pidfd: number;
  /** Clock ticks since the machine booted; 0 when the plan failed, or where there is no /proc. */
  startTime: number;
  /** The plan_records, 16 bytes each (`native/core/plan.h`). No `execing` record at the end: the plan failed. */
  records: Buffer;
}

/** siginfo of waitid(2). */
export interface WaitResult {
  /** CLD_EXITED (1), CLD_KILLED (2) or CLD_DUMPED (3). */
  code: number;
  /** The exit status, or the signal. */
  status: number;
}

export interface ReceivedMessage {
  /** Empty at the end of the stream. */
  data: Buffer;
  /** Close-on-exec, now the caller's. */
  fds: number[];
  /** The data or the descriptors did not fit; what did not is lost. */
  truncated: boolean;
}

/** A network namespace that is being made; its descriptors are the caller's to close, once it is made. */
export interface NewNetworkNamespace {
  /** Until it is made, this can be neither joined nor asked. */
  namespace: number;
  /** A netlink socket in it, as {@link Binding.openNetlink} opens one; what is sent to it is sent when it is there. */
  socket: number;
  /** A blocking SOCK_SEQPACKET socket on which the namespace comes (SCM_RIGHTS), as soon as it is there; its end, if it never is. */
  coming: number;
  made: Promise<void>;
}

/** A descriptor watched by the event loop. It keeps the process alive until `close` or `unref`. */
export interface Watcher {
  /** Other events from now on; 0 is a pause. */
  update(events: number): void;
  close(): void;
  ref(): void;
  unref(): void;
}

/**
 * The addon: system calls, one function each, with neither policy nor sentences. Descriptors are plain numbers and
 * close-on-exec; whoever gets one closes it. A failed call throws (or rejects with) an Error that has `errno`
 * (positive), `code` ('EPERM') and `syscall`; a wrong argument throws EINVAL. `dirFd` may be AT_FDCWD.
 */
export interface Binding {
  /**
   * Starts a process from an encoded plan, on a thread of its own: clone3 with the plan's flags and
   * CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND, and CLONE_INTO_CGROUP if the plan names one.
   * `fds` are the plan's inputs, in its order, to stay open until the promise settles. Its `before` steps run on that thread.
   * Rejects with EINVAL if the plan is malformed or has join steps, with clone3's errno if that failed.
   * A step that fails resolves, with a `failed` record.
   */
  launch(
    plan: Uint8Array,
    fds: readonly number[] | Int32Array,
    options: { trace: boolean },
  ): Promise<LaunchResult>;

  /** pidfd_open(2). */
  pidfdOpen(pid: number): number;
  /** pidfd_send_signal(2); signal 0 only checks. */
  pidfdSendSignal(pidfd: number, signal: number): void;
  /** waitid(P_PIDFD, WEXITED | WNOHANG | __WALL): null while it runs; ECHILD if it is not our child. */
  pidfdWait(pidfd: number): WaitResult | null;
  /** pidfd_getfd(2): a copy of a process's descriptor, close-on-exec. */
  pidfdGetfd(pidfd: number, fd: number): number;

  /**
   * Calls back when `fd` is readable (1), writable (2), hung up (4) or has priority data (8); level-triggered.
   * `status` is 0, or a positive errno with which watching has stopped. The descriptor becomes non-blocking, must stay
   * open until `close`, and cannot be watched twice (EEXIST): `dup` it.
   */
  watch(fd: number, events: number, callback: (status: number, events: number) => void): Watcher;

  /** socketpair(AF_UNIX), non-blocking. */
  socketPair(type: SocketType): [number, number];
  /** A listening socket at `name` in a directory, mode 0600, non-blocking; an existing name is EADDRINUSE. */
  listenUnix(dirFd: number, name: string, type: SocketType, backlog: number): number;
  /** A connected socket, non-blocking; EAGAIN when the listener's backlog is full. */
  connectUnix(dirFd: number, name: string, type: SocketType): number;
  /** accept4(2): null when nobody waits. */
  accept(fd: number): number | null;
  /** sendmsg(2) of `data`, and `tail` behind it, with SCM_RIGHTS; the number of bytes taken. EAGAIN when the peer does not read. */
  sendMessage(fd: number, data: Uint8Array, fds: readonly number[], tail?: Uint8Array): number;
  /** recvmsg(2) with SCM_RIGHTS; null when there is nothing to read. `maxFds` at most 253. */
  receiveMessage(fd: number, maxBytes: number, maxFds: number): ReceivedMessage | null;
  /**
   * A bound socket, neither listening nor connected, non-blocking: IPPROTO_ value, address of either family, port, 0 for
   * one of the kernel's choice. `v6Only` is IPV6_V6ONLY, which means nothing to IPv4; with `reuse` SO_REUSEADDR is set
   * for the bind and cleared after it; with `deaf` nothing that is sent there arrives, but is refused.
   */
  bindInet(
    protocol: number,
    address: string,
    port: number,
    options: { v6Only: boolean; reuse: boolean; deaf: boolean },
  ): number;
  /** getsockname(2) and SO_PROTOCOL; null for a socket of another family than IPv4 and IPv6. */
  socketAddress(fd: number): { protocol: number; address: string; port: number } | null;
  /** SO_PEERCRED. */
  peerCredentials(fd: number): { pid: number; uid: number; gid: number };

  /**
   * A netlink socket in a network namespace, given as a descriptor of it or the pidfd of a process in it, or in our own
   * for -1; another one is entered by a thread of the addon, which comes back: no thread of Node ever changes its own.
   * Non-blocking; {@link receiveMessage} reads its answers.
   */
  openNetlink(protocol: number, namespace: number): Promise<number>;
  /** Begins to make a network namespace, on the thread that {@link sendNetlink} sends on. */
  makeNetworkNamespace(protocol: number): NewNetworkNamespace;
  /**
   * send(2) to the kernel, on a thread, one after the other for each protocol: rtnetlink does its work inside the call, and may wait long for a lock there.
   * The answers can be read once it has resolved. The bytes are copied.
   */
  sendNetlink(protocol: number, fd: number, data: Uint8Array): Promise<void>;
  /**
   * A netlink socket of our own namespace that hears a multicast group (NETLINK_ADD_MEMBERSHIP); non-blocking. When it is not
   * read in time, {@link receiveMessage} throws ENOBUFS once and goes on with what came after the loss.
   */
  listenNetlink(protocol: number, group: number): number;

  /**
   * A mount namespace with nothing in it but an empty, read-only tmpfs as its root, made on a thread that ends: `anchor` is any
   * directory, to mount that on for a moment, in a mount namespace of the thread's own.
   */
  makeEmptyMounts(anchor: string): Promise<number>;

  /** memfd_create(2) holding `data`; sealed against every change; executable or not (MFD_EXEC, MFD_NOEXEC_SEAL). */
  memfd(name: string, data: Uint8Array, seal: boolean, executable: boolean): number;
  /** pipe2(2): the reading and the writing end. */
  pipe(): [number, number];
  close(fd: number): void;
  /** F_DUPFD_CLOEXEC. */
  dup(fd: number): number;
  /** flock(2): LOCK_ values. */
  flock(fd: number, operation: number): void;
  setNonblocking(fd: number, nonblocking: boolean): void;
  /** NS_GET_NSTYPE: the CLONE_NEW flag of a namespace; ENOTTY for another file. */
  namespaceType(fd: number): number;
  /** F_GETFL: O_ values. */
  getFlags(fd: number): number;

  /** openat(2), close-on-exec. */
  openat(dirFd: number, path: Path, flags: number, mode: number): number;
  /** openat2(2), close-on-exec; `resolve` takes RESOLVE_ values. EAGAIN when the tree changed meanwhile: try again. */
  openat2(dirFd: number, path: Path, flags: number, mode: number, resolve: number): number;
  mkdirat(dirFd: number, name: Path, mode: number): void;
  /** unlinkat(2); `isDirectory` is AT_REMOVEDIR. */
  unlinkat(dirFd: number, name: Path, isDirectory: boolean): void;
  /** renameat2(2): RENAME_ values. */
  renameat(fromDirFd: number, from: Path, toDirFd: number, to: Path, flags: number): void;
  /** linkat(2): AT_ values. */
  linkat(fromDirFd: number, from: Path, toDirFd: number, to: Path, flags: number): void;
  symlinkat(target: Path, dirFd: number, name: Path): void;
  readlinkat(dirFd: number, name: Path): Buffer;
  /** mknodat(2): `mode` with its S_IF type; devices only have a major and minor number. */
  mknodat(dirFd: number, name: Path, mode: number, major: number, minor: number): void;
  /** fchownat(2): AT_ values; an id of -1 stays. */
  fchownat(dirFd: number, name: Path, uid: number, gid: number, flags: number): void;
  /** fchmodat(2), which follows a symlink. */
  fchmodat(dirFd: number, name: Path, mode: number): void;
  /** utimensat(2), in nanoseconds since 1970; AT_ values. */
  utimensat(dirFd: number, name: Path, atimeNs: bigint, mtimeNs: bigint, flags: number): void;
  /** lsetxattr(2) of a directory's entry, or of `fd` itself, even O_PATH, for the name ''. */
  setxattrat(dirFd: number, name: Path, attribute: string, value: Uint8Array, flags: number): void;
  /** lgetxattr(2), addressed like {@link setxattrat}; ENODATA if it has none. */
  getxattrat(dirFd: number, name: Path, attribute: string): Buffer;
  /** llistxattr(2), addressed like {@link setxattrat}: the names of all attributes. */
  listxattrat(dirFd: number, name: Path): string[];
  /** Opens a file with O_WRONLY and these flags and writes all of it, in one write(2) if it takes that, as cgroupfs does. */
  writeAt(dirFd: number, name: Path, text: string, flags: number, mode: number): void;
  /** A file's first `maxBytes` bytes, as UTF-8. */
  readAt(dirFd: number, name: Path, maxBytes: number): string;
  /** syncfs(2), on a thread: resolves when the disk has all of the file system `fd` lies on, which must stay open. */
  syncfs(fd: number): Promise<void>;

  /** open_tree(2), close-on-exec: OPEN_TREE_ and AT_ values. */
  openTree(dirFd: number, path: Path, flags: number): number;
  /** move_mount(2) of a mount held by fd: MOVE_MOUNT_ values for the target. */
  moveMount(mountFd: number, toDirFd: number, toPath: Path, flags: number): void;
  /** fsopen, fsconfig (`key=value`, or a flag), fsmount: a detached mount; MOUNT_ATTR_ values. */
  createFilesystem(type: string, options: readonly string[], attributes: number): number;
  /** mount_setattr(2): MOUNT_ATTR_ values, an MS_ propagation or 0, AT_ flags. */
  mountSetattr(
    dirFd: number,
    path: Path,
    flags: number,
    attributes: { set: number; clear: number; propagation: number },
  ): void;
  /** umount2(2): MNT_ and UMOUNT_ values. */
  umount2(path: Path, flags: number): void;

  /** TIOCSWINSZ. */
  setWindowSize(fd: number, rows: number, columns: number): void;
  /** TIOCGWINSZ. */
  getWindowSize(fd: number): { rows: number; columns: number };
  /** getrlimit(2): RLIMIT_ value; 2^64 - 1 is no limit. */
  getRlimit(resource: number): { soft: bigint; hard: bigint };
}

let loaded: Binding | undefined;
let root: string | undefined;

/** The addon, loaded at the first call. Throws node-gyp-build's error if it is not built. */
export function binding(): Binding {
  loaded ??= load();
  return loaded;
}

/** The folder of peapod's package.json, whether this runs from `src` or from a bundle in `dist`. */
export function packageRoot(): string {
  root ??= findPackageRoot(dirname(fileURLToPath(import.meta.url)));
  return root;
}

function load(): Binding {
  const require = createRequire(import.meta.url);
  const loadAddon = require('node-gyp-build') as (folder: string) => Binding;
  return loadAddon(packageRoot());
}

function findPackageRoot(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'peapod') return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('Cannot find the package.json of peapod above its own code');
  return findPackageRoot(parent);
}
