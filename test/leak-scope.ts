import { listProcesses, type ProcessEntry, readProcess } from './processes.js';

/** What a leak check looks at besides this process's own mounts, links and descriptors. */
export interface LeakScope {
  /** Directories whose entries must be the same afterwards, recursively. */
  readonly directories?: readonly string[];
  /**
   * Names of our top cgroups, for example `peapod-1a2b`; every `peapod*` when absent, which is right only where
   * no other peapod runs.
   */
  readonly cgroups?: readonly string[];
}

/** True for the name of a top cgroup the scope speaks of. */
export function isOurCgroup(name: string, scope: LeakScope): boolean {
  return scope.cgroups?.includes(name) ?? name.startsWith('peapod');
}

/**
 * The processes to answer for: this process and its descendants, those in the private namespaces the tests run in
 * (`unshare -nm`), those in our cgroups, and orphans that run one of our sealed memfds. Other programs of the
 * machine start and end while a test runs and are none of its business.
 */
export function ourProcesses(scope: LeakScope): ProcessEntry[] {
  const all = listProcesses();
  const parents = new Map(all.map((entry) => [entry.pid, entry.parent]));
  const ownNamespaces = privateNamespaces(parents);
  return all.filter(
    (entry) =>
      entry.pid === process.pid ||
      ancestorsOf(entry.pid, parents).includes(process.pid) ||
      entry.namespaces.some((namespace) => ownNamespaces.includes(namespace)) ||
      cgroupNames(entry).some((name) => isOurCgroup(name, scope)) ||
      isOwnOrphan(entry, scope),
  );
}

/** The mount and network namespaces of this process that were made for the tests: an ancestor has others. */
function privateNamespaces(parents: ReadonlyMap<number, number>): string[] {
  const own = readProcess(process.pid)?.namespaces ?? [];
  const outside = ancestorsOf(process.pid, parents).map((pid) => readProcess(pid)?.namespaces ?? []);
  // An empty list is an ancestor this process may not look into, often pid 1.
  const readable = outside.filter((namespaces) => namespaces.length > 0);
  return own.filter(
    (namespace) => /^(mnt|net):/.test(namespace) && readable.some((list) => !list.includes(namespace)),
  );
}

function ancestorsOf(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const parent = parents.get(pid) ?? 0;
  return parent === 0 ? [] : [parent, ...ancestorsOf(parent, parents)];
}

function isOwnOrphan(entry: ProcessEntry, scope: LeakScope): boolean {
  if (entry.parent !== 1 || !entry.executable.startsWith('/memfd:peapod-')) return false;
  return cgroupNames(entry).every((name) => !name.startsWith('peapod') || isOurCgroup(name, scope));
}

function cgroupNames({ cgroup }: ProcessEntry): string[] {
  return cgroup.split('/').filter((name) => name !== '');
}
