import { readFileSync } from 'node:fs';

/** One line of /proc/PID/mountinfo; see proc_pid_mountinfo(5). */
export interface MountInfo {
  readonly mountId: number;
  readonly parentId: number;
  /** `major:minor` of the file system's device. */
  readonly device: string;
  /** The path in the file system that is the mount's root. */
  readonly root: string;
  readonly mountPoint: string;
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; empty for a private mount. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** Mounts in the order the kernel lists them: a later one on the same place hides an earlier one. */
export function parseMountinfo(text: string): MountInfo[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** The mounts a process sees, this one's by default. */
export function readMountinfo(pid: number | 'self' = 'self'): MountInfo[] {
  return parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
}

function parseLine(line: string): MountInfo {
  const fields = line.split(' ');
  // Six fields, any number of optional ones, a lone hyphen, three more.
  const separator = fields.indexOf('-', 6);
  const field = (index: number) => unescapeOctal(fields[index] ?? '');
  return {
    mountId: Number(fields[0]),
    parentId: Number(fields[1]),
    device: field(2),
    root: field(3),
    mountPoint: field(4),
    options: splitOptions(field(5)),
    propagation: fields.slice(6, separator),
    type: field(separator + 1),
    source: field(separator + 2),
    superOptions: splitOptions(field(separator + 3)),
  };
}

function splitOptions(text: string): string[] {
  return text === '' ? [] : text.split(',');
}

/** The kernel writes space, tab, newline, backslash and '#' as a backslash and three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
