import { readdirSync, readlinkSync } from 'node:fs';

/**
 * The namespaces of a process by the kernel's names for them (`net`, `pid`, `pid_for_children` …), each as the inode
 * number that is the same for all processes in it. Throws ENOENT when there is no such process any more.
 */
export function readNamespaceInodes(pid: number): Record<string, number> {
  const directory = `/proc/${pid}/ns`;
  const entries = readdirSync(directory).map((name) => [name, inodeOf(readlinkSync(`${directory}/${name}`))]);
  return Object.fromEntries(entries);
}

/** Of `net:[4026531840]`. */
function inodeOf(link: string): number {
  return Number(/\[(\d+)\]$/.exec(link)?.[1]);
}
