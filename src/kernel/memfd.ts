import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binding, packageRoot } from '../native/binding.js';

/** The programs that are built with the addon: they run inside and beside pods, and unpack layers. */
export type Executable = 'pause' | 'monitor' | 'unpack';

const held = new Map<Executable, number>();

/**
 * A sealed memfd of the program, to be exec'd with `execFd`: what runs cannot be changed, not even by a root
 * container that reaches /proc/PID/exe. Made once and kept open for as long as this process lives.
 */
export function executableFd(name: Executable): number {
  const known = held.get(name);
  if (known !== undefined) return known;
  const fd = binding().memfd(`peapod-${name}`, readFileSync(executablePath(name)), true, true);
  held.set(name, fd);
  return fd;
}

/** The file, compiled here or shipped with the package. */
export function executablePath(name: Executable): string {
  const built = join(packageRoot(), 'build', 'Release', name);
  return existsSync(built) ? built : join(packageRoot(), 'prebuilds', `linux-${process.arch}`, name);
}
