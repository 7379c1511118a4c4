import type { Host } from '../kernel/host.js';
import { openProcess } from '../kernel/pidfd.js';
import { readVolatileRecord } from '../kernel/record.js';
import { forgetSandbox, removePodCgroup, Sandbox, sandboxRecordPath } from './sandbox.js';
import type { SandboxRecord } from './spec.js';

/**
 * The sandbox an engine before us made, if its record is of this boot and its pause is still the same process.
 * Otherwise undefined, and what was left of it is gone.
 */
export async function adoptSandbox(host: Host, podUid: string): Promise<Sandbox | undefined> {
  const record = readVolatileRecord<SandboxRecord>(sandboxRecordPath(host, podUid), 1);
  const pidfd = record === undefined ? undefined : openProcess(record);
  if (record !== undefined && pidfd !== undefined) {
    return new Sandbox(host, record, pidfd);
  }
  await removePodCgroup(host, podUid);
  await forgetSandbox(host, podUid);
  return undefined;
}
