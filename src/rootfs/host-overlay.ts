import { CLONE_NEWNS, MOUNT_ATTR_NODEV, O_DIRECTORY, O_PATH } from '../kernel/constants.js';
import { makePrivate } from '../kernel/plan/pivot.js';
import type { Step } from '../kernel/plan/schema.js';

/**
 * A detached overlay `rootfs` over the host's own root, what is written going to a tmpfs of at most `upperBytes`.
 *
 * An upper layer cannot be a detached mount, and a detached mount cannot be cloned (both seen on 6.1), so the tmpfs
 * and the overlay are mounted by path, at `scratch`, in a namespace of the child's own which it leaves right after.
 * The overlay is read and written as the host's file system is, but shows none of the mounts beneath it.
 */
export function buildHostOverlaySteps(options: { scratch: string; upperBytes: number }): Step[] {
  const { scratch, upperBytes } = options;
  return [
    { op: 'unshare', flags: CLONE_NEWNS },
    makePrivate,
    { op: 'openPath', path: scratch, flags: O_PATH | O_DIRECTORY, out: 'scratch' },
    {
      op: 'createFilesystem',
      type: 'tmpfs',
      options: ['source=tmpfs', 'mode=0755', `size=${upperBytes}`],
      attributes: 0,
      out: 'upper',
    },
    { op: 'attachMount', mount: 'upper', target: 'scratch' },
    { op: 'makeDirectory', directory: 'upper', name: 'upper', mode: 0o755 },
    { op: 'makeDirectory', directory: 'upper', name: 'work', mode: 0o755 },
    { op: 'makeDirectory', directory: 'upper', name: 'merged', mode: 0o755 },
    { op: 'changeDirectory', directory: 'upper' },
    {
      op: 'createFilesystem',
      type: 'overlay',
      options: ['source=overlay', 'lowerdir=/', 'upperdir=upper', 'workdir=work'],
      attributes: MOUNT_ATTR_NODEV,
      out: 'overlay',
    },
    { op: 'openIn', root: 'upper', path: 'merged', flags: O_PATH, out: 'merged' },
    { op: 'attachMount', mount: 'overlay', target: 'merged' },
    { op: 'cloneTree', path: `${scratch}/merged`, flags: 0, out: 'rootfs' },
  ];
}
