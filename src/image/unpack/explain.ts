import { hasCode, PeapodError, SystemError } from '../../errors.js';
import { type Entry, showName } from '../entry.js';
import { invalidArchive } from '../tar/invalid.js';

/** Errors that say something of the archive, in the words of its entries. */
const faults: Readonly<Record<string, string>> = {
  EEXIST: 'a symlink that leads nowhere is on the way to it',
  ENOENT: 'what it links to, or lies in, is not there',
  ENOTDIR: 'it lies in something that is no directory',
  EISDIR: 'it is a directory',
  ELOOP: 'the symlinks on the way to it go in a circle',
  ENAMETOOLONG: 'its name is too long',
  EINVAL: 'it has a value that the kernel does not take',
  ERANGE: 'an attribute is too large',
  E2BIG: 'an attribute is too large',
  EMLINK: 'it has more names than the file system can keep',
};

/** The error for an entry that could not be made: the archive's fault, or the host's. */
export function explainFailure(error: unknown, entry: Entry): Error {
  if (error instanceof PeapodError || error instanceof SystemError) return error;
  const what = `${entry.type} ${showName(entry.path)}`;
  const { code = '', errno = 0, syscall = '' } = error as NodeJS.ErrnoException;
  const isLinkToDirectory = entry.type === 'link' && hasCode(error, 'EPERM');
  const fault = isLinkToDirectory ? 'it is another name for a directory' : faults[code];
  if (fault !== undefined)
    return invalidArchive(`${what} cannot be made: ${fault} (${code})`, { cause: error });
  return new SystemError(`Cannot unpack ${what}: ${code || error}`, {
    errno: Math.abs(errno),
    code,
    syscall,
    action: `unpack ${what}`,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT' ? 'Free some space, or move the state with --root.' : undefined,
  });
}
