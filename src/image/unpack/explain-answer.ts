import { type PeapodError, SystemError } from '../../errors.js';
import { errnoName } from '../../kernel/errno.js';
import { showName } from '../entry.js';
import type { Limits } from '../limits.js';
import { invalidArchive } from '../tar/invalid.js';
import type { Answer, CommandName } from './commands.js';

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

const nouns: Readonly<Partial<Record<CommandName, string>>> = {
  node: 'device',
  opaque: 'opaque directory',
};

/** The error for an entry that could not be made: the archive's fault, or the host's. */
export function explainAnswer(
  { step, errno, command, path }: Extract<Answer, { type: 'failed' }>,
  limits: Limits,
): PeapodError | SystemError {
  const code = errnoName(errno);
  const what = command === undefined ? 'an entry' : `${nouns[command] ?? command} ${showName(path)}`;
  if (step === 'limit') return invalidArchive(`it has more than ${limits.entries} entries, at ${what}`);
  const isLinkToDirectory = command === 'link' && code === 'EPERM';
  const fault = isLinkToDirectory ? 'it is another name for a directory' : faults[code];
  if (fault !== undefined && step !== 'command' && step !== 'write') {
    return invalidArchive(`${what} cannot be made: ${fault} (${code})`, { details: { path, step } });
  }
  return new SystemError(`Cannot unpack ${what}: ${code}`, {
    errno,
    code,
    syscall: step,
    action: `unpack ${what}`,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT' ? 'Free some space, or move the state with --root.' : undefined,
  });
}
