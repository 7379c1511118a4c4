import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from '../errors.js';
import { binding } from '../native/binding.js';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from './constants.js';
import type { MountInfo } from './mountinfo.js';

/** Longest file of a cgroup that is read: cgroup.procs of thousands of processes. */
const maxFileBytes = 1 << 20;

/**
 * Where cgroup v2 is mounted: /sys/fs/cgroup, or on a hybrid host a directory of it. The whole hierarchy is
 * preferred to a part of it. Undefined on a host that has none.
 */
export function findCgroupMount(mounts: readonly MountInfo[]): string | undefined {
  const candidates = mounts.filter((mount) => mount.type === 'cgroup2');
  return (candidates.find((mount) => mount.root === '/') ?? candidates[0])?.mountPoint;
}

/** A directory of the cgroup v2 hierarchy, held open: what is done to it is done to this one, not to a namesake. */
export class Cgroup {
  readonly path: string;
  /** The directory, as launches and monitors are given it. */
  readonly fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  /** Throws ENOENT if it is not there. */
  static open(path: string): Cgroup {
    return new Cgroup(path, binding().openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0));
  }

  /** Opens it; makes it and those above it first, if they are missing. */
  static create(path: string): Cgroup {
    makeDirectories(path);
    return Cgroup.open(path);
  }

  /** The text of a file without its last newline. Throws ENOENT for one this cgroup lacks. */
  read(file: string): string {
    return binding().readAt(this.fd, file, maxFileBytes).trimEnd();
  }

  /** A file of `key value` lines: cgroup.events, memory.events, cpu.stat. */
  readKeys(file: string): Map<string, string> {
    return parseKeys(this.read(file));
  }

  /** Writes a value in one write(2). */
  write(file: string, text: string): void {
    binding().writeAt(this.fd, file, text, 0, 0);
  }

  /** Processes in this cgroup itself; 0 stands for one outside our PID namespace. */
  processes(): number[] {
    return this.read('cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  /** Names of the cgroups directly below. */
  children(): string[] {
    return listChildren(this.fd);
  }

  /** SIGKILL to every process in it and below, those being forked included; frozen ones too. */
  kill(): void {
    this.write('cgroup.kill', '1');
  }

  close(): void {
    binding().close(this.fd);
  }
}

/** Names of the cgroups directly below an open one. */
export function listChildren(fd: number): string[] {
  const entries = readdirSync(`/proc/self/fd/${fd}`, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Reads `key value` lines. */
export function parseKeys(text: string): Map<string, string> {
  const lines = text.split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]));
}

function makeDirectories(path: string): void {
  try {
    binding().mkdirat(AT_FDCWD, path, 0o755);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw error;
    makeDirectories(dirname(path));
    makeDirectories(path);
  }
}
