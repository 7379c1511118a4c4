import { constants } from 'node:os';

/** What the kernel answers to mounts, cgroups and descriptors beyond the ones Node knows by name. */
const others = { ENOTBLK: 15, EBADFD: 77, EUSERS: 87, ESHUTDOWN: 108, EUCLEAN: 117, ENOKEY: 126 };

const numbers: Readonly<Record<string, number>> = { ...others, ...constants.errno };

/** Two names of one number: the one libc's strerrorname_np gives wins. */
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
names.set(numbers.EAGAIN as number, 'EAGAIN');
names.set(numbers.EOPNOTSUPP as number, 'ENOTSUP');

/** `EPERM` for 1; `E1000` for a number that has no name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}
