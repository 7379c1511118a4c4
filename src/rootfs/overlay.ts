import { posix } from 'node:path';
import { PeapodError } from '../errors.js';
import { CLONE_NEWNS, MOUNT_ATTR_NODEV, MS_NODEV, O_DIRECTORY, O_PATH } from '../kernel/constants.js';
import { makePrivate } from '../kernel/plan/pivot.js';
import type { Step } from '../kernel/plan/schema.js';

export interface OverlayOptions {
  /** Name of the descriptor of the state directory: all paths below are relative to it. */
  readonly state: string;
  /** Top first. */
  readonly layers: readonly string[];
  /** `upper` and `work` of one directory, so named: a long list of layers relies on it. */
  readonly upper: string;
  readonly work: string;
}

/** Bytes that fsconfig(2) takes for a value, without the NUL. */
const maxValueBytes = 255;

/** Bytes that mount(2) takes for all options, without the NUL; it cuts off what is beyond in silence. */
const maxDataBytes = 4095;

/**
 * A detached overlay `rootfs` over image layers. What fsconfig(2) takes for a value holds 15 names of layers relative to
 * the state directory. Relative to the directory that all of them lie in, it holds 36; for more there is mount(2).
 */
export function buildOverlaySteps(options: OverlayOptions): Step[] {
  const { state, layers, upper, work } = options;
  const lower = layers.join(':');
  const enter: Step = { op: 'changeDirectory', directory: state };
  if (fitsValue(lower)) return [enter, makeOverlay({ lower, upper, work })];
  const directory = commonDirectory(layers);
  const names = layers.map((layer) => posix.relative(directory, layer)).join(':');
  if (!fitsValue(names)) return [enter, ...buildMountedSteps({ directory, lower: names, upper })];
  const back = posix.relative(directory, '.');
  return [
    enter,
    { op: 'openPath', path: directory, flags: O_PATH | O_DIRECTORY, out: 'layers' },
    { op: 'changeDirectory', directory: 'layers' },
    makeOverlay({ lower: names, upper: `${back}/${upper}`, work: `${back}/${work}` }),
  ];
}

function fitsValue(lower: string): boolean {
  return Buffer.byteLength(lower) <= maxValueBytes;
}

/** Throws PEAPOD_UNSUPPORTED for layers that lie apart, which those of the image store never do. */
function commonDirectory(layers: readonly string[]): string {
  const directories = new Set(layers.map((layer) => posix.dirname(layer)));
  const [directory = '.'] = directories;
  if (directories.size > 1 || directory === '.') throw tooLong(layers);
  return directory;
}

function tooLong(layers: readonly string[]): PeapodError {
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot mount ${layers.length} layers: their names are too long together`,
  );
}

function makeOverlay({ lower, upper, work }: { lower: string; upper: string; work: string }): Step {
  return {
    op: 'createFilesystem',
    type: 'overlay',
    options: ['source=overlay', `lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`],
    attributes: MOUNT_ATTR_NODEV,
    out: 'rootfs',
  };
}

/**
 * The same by mount(2), which takes a page of options but attaches what it mounts: in a namespace of the child's own,
 * which it leaves right after, over the directory of the layers, where only `..` and the directory's name lead to it. The
 * working directory stays beneath, so that layers are still found by their names alone.
 *
 * The writable layer is mounted there first, and over it the overlay, so that no path but ours is among the options, in
 * which a comma would part them: the root may be anywhere.
 */
function buildMountedSteps(paths: { directory: string; lower: string; upper: string }): Step[] {
  const { directory, lower, upper } = paths;
  const covered = `../${posix.basename(directory)}`;
  const data = `lowerdir=${lower},upperdir=${covered}/upper,workdir=${covered}/work`;
  if (Buffer.byteLength(data) > maxDataBytes) throw tooLong(lower.split(':'));
  return [
    { op: 'unshare', flags: CLONE_NEWNS },
    makePrivate,
    { op: 'openPath', path: directory, flags: O_PATH | O_DIRECTORY, out: 'layers' },
    { op: 'openPath', path: upper, flags: O_PATH | O_DIRECTORY, out: 'upper' },
    { op: 'changeDirectory', directory: 'upper' },
    // Overlayfs wants both directories on one mount.
    { op: 'cloneTree', path: '..', flags: 0, out: 'writable' },
    { op: 'changeDirectory', directory: 'layers' },
    { op: 'attachMount', mount: 'writable', target: 'layers' },
    { op: 'mount', source: 'overlay', target: covered, type: 'overlay', flags: MS_NODEV, data },
    { op: 'cloneTree', path: covered, flags: 0, out: 'rootfs' },
  ];
}
