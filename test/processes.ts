import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One row of /proc; what could not be read (the process ended, or is not ours to see) is empty. */
export interface ProcessEntry {
  readonly pid: number;
  readonly comm: string;
  /** One letter, `Z` for a zombie. */
  readonly state: string;
  readonly parent: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot: pid and startTime together are never reused. */
  readonly startTime: string;
  /** Path in the cgroup v2 hierarchy. */
  readonly cgroup: string;
  readonly executable: string;
  /** `net:[4026531840]` and so on, one for each namespace type. */
  readonly namespaces: readonly string[];
}

/** Every process this one can see. */
export function listProcesses(): ProcessEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readProcess(Number(pid))).filter((entry) => entry !== undefined);
}

export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // comm stands in parentheses and may hold any character, parentheses and spaces too.
  const match = stat.match(/^\d+ \((.*)\) (.*)$/s);
  if (!match) return undefined;
  const fields = match[2]?.trim().split(' ') ?? [];
  return {
    pid,
    comm: match[1] ?? '',
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    startTime: fields[19] ?? '',
    cgroup: readText(`/proc/${pid}/cgroup`).match(/^0::(.*)$/m)?.[1] ?? '',
    executable: readLink(`/proc/${pid}/exe`),
    namespaces: readNamespaces(pid),
  };
}

function readNamespaces(pid: number): string[] {
  const directory = `/proc/${pid}/ns`;
  try {
    // The `_for_children` links name namespaces nobody may live in yet; a leaked one counts all the same.
    const links = readdirSync(directory).map((name) => readLink(`${directory}/${name}`));
    return [...new Set(links.filter((link) => link !== ''))];
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
