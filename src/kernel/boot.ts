import { readFileSync } from 'node:fs';

let bootId: string | undefined;

/** The id of this boot of the machine: with a pid and a start time it names a process for good. */
export function readBootId(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootId;
}
