import { type Binding, binding } from '../native/binding.js';
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS } from './constants.js';

/** System calls on names in open directories, as the addon has them: each is described there. */
export type FileCalls = Pick<
  Binding,
  | 'close'
  | 'openat'
  | 'openat2'
  | 'mkdirat'
  | 'unlinkat'
  | 'renameat'
  | 'linkat'
  | 'symlinkat'
  | 'readlinkat'
  | 'mknodat'
  | 'fchownat'
  | 'fchmodat'
  | 'utimensat'
  | 'setxattrat'
  | 'getxattrat'
  | 'listxattrat'
>;

export function files(): FileCalls {
  return binding();
}

/** How openat2 is to walk in a tree that is not trusted: absolute paths, `..` and symlinks end inside it. */
export const resolveInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/** A directory, to work in. */
export const directoryFlags = O_PATH | O_DIRECTORY;

/** Anything, itself rather than what it points to, and not opened: a FIFO or device does nothing. */
export const itselfFlags = O_PATH | O_NOFOLLOW;
