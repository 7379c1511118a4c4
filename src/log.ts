import { type DebugLogger, debuglog } from 'node:util';

/** What can be asked for with NODE_DEBUG: `peapod:launch`, or `peapod:*` for all of them. */
export type DebugScope = 'launch' | 'pod' | 'daemon' | 'image' | 'network';

/**
 * Writes to standard error if NODE_DEBUG names the scope. Arguments are those of util.format; where they cost
 * something to make, ask for `enabled` first.
 */
export function debug(scope: DebugScope): DebugLogger {
  return debuglog(`peapod:${scope}`);
}
