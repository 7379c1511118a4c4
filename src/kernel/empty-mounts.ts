import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { binding } from '../native/binding.js';
import {
  AT_FDCWD,
  CLONE_NEWNS,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
} from './constants.js';
import { launch } from './launch.js';
import { executableFd } from './memfd.js';
import { signalProcess, waitForExit } from './pidfd.js';
import { encodeChecked } from './plan/encoded.js';
import { buildPivotSteps, makePrivate } from './plan/pivot.js';
import type { Step } from './plan/schema.js';
import type { LaunchPlan } from './plan/types.js';

/** What such a namespace is made with. */
export interface EmptyMountsPlace {
  /** Any directory of the host, to hang its root on for a moment, in a mount namespace nobody else sees. */
  readonly anchor: string;
  /** Descriptor of /dev/null. */
  readonly nullFd: number;
}

/** A process that holds it until it is opened. Inputs: `pause`, `null`. */
export function buildEmptyMountsPlan(anchor: string): LaunchPlan {
  const attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  return {
    version: 1,
    name: 'an empty mount namespace',
    clone: { flags: CLONE_NEWNS, secondFlags: 0, cgroup: null },
    inputs: ['pause', 'null'],
    join: [],
    child: [
      makePrivate,
      {
        op: 'createFilesystem',
        type: 'tmpfs',
        options: ['source=none', 'mode=0555', 'size=4k'],
        attributes,
        out: 'root',
      },
      { op: 'openPath', path: anchor, flags: O_PATH | O_DIRECTORY, out: 'anchor' },
      { op: 'attachMount', mount: 'root', target: 'anchor' },
      ...buildPivotSteps('root'),
      ...[0, 1, 2].map((number): Step => ({ op: 'duplicateFd', fd: 'null', number })),
      { op: 'closeOnExec', first: 3 },
      { op: 'blockSignals' },
      { op: 'execFd', file: 'pause', argv: ['/pause'], envp: [] },
    ],
  };
}

/**
 * A mount namespace with an empty, read-only root and nothing else, which nobody is in: a pod's begins as a copy of it. A
 * copy of the host's would take as long as the host has mounts, and would have to be let go of: umount2(2) waits for all
 * CPUs (synchronize_rcu_expedited), some tenths of a millisecond.
 */
export class EmptyMounts {
  readonly #place: EmptyMountsPlace;
  #making: Promise<number> | undefined;
  #made: number | undefined;

  constructor(place: EmptyMountsPlace) {
    this.#place = place;
  }

  /** A descriptor of it, ours to close, once it is there. */
  get made(): number | undefined {
    return this.#made;
  }

  /** The same, made by the first call, in some milliseconds. Rejects with what a launch throws. */
  make(): Promise<number> {
    this.#making ??= makeEmptyMounts(this.#place).then(
      (fd) => {
        this.#made = fd;
        return fd;
      },
      (error) => {
        this.#making = undefined;
        throw error;
      },
    );
    return this.#making;
  }

  close(): void {
    this.#making?.then(closeSync, () => {});
  }
}

async function makeEmptyMounts({ anchor, nullFd }: EmptyMountsPlace): Promise<number> {
  const plan = encodeChecked(buildEmptyMountsPlan(anchor), 'addon');
  const { pid, pidfd } = await launch(plan, { pause: executableFd('pause'), null: nullFd });
  try {
    return binding().openat(AT_FDCWD, `/proc/${pid}/ns/mnt`, O_RDONLY, 0);
  } finally {
    signalProcess(pidfd, constants.signals.SIGKILL);
    await waitForExit(pidfd);
    closeSync(pidfd);
  }
}
