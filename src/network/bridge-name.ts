import { PeapodError } from '../errors.js';

/** IFNAMSIZ without its NUL. */
const longestName = 15;

/** Directories of /proc/sys/net/ipv4/conf beside those of links, and the one link every namespace has. */
const takenNames = ['all', 'default', 'lo'];

/** The bridge of a root by its name: `peapod0` for `peapod`, `pp-0123456789ab` for `peapod-0123456789ab`. */
export function defaultBridgeName(rootName: string): string {
  return rootName === 'peapod' ? 'peapod0' : rootName.replace(/^peapod-/, 'pp-').slice(0, longestName);
}

/** Throws PEAPOD_USAGE for a name the kernel would not take, or expand (`%d`), or a path in /proc could not hold. */
export function checkBridgeName(name: string): void {
  const hasForm = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && name.length <= longestName;
  if (hasForm && !takenNames.includes(name)) return;
  throw new PeapodError('PEAPOD_USAGE', `Cannot call the bridge "${name}": it is no name for one`, {
    hint: 'Use 1 to 15 letters, digits, ".", "_" and "-", beginning with a letter or digit',
  });
}
