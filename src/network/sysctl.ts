import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hasCode, PeapodError } from '../errors.js';

/**
 * Settings of our own network namespace; /proc/sys/net shows each reader the one it is in, and no thread of ours leaves
 * the engine's. Names are paths, because an interface's name may have dots: `ipv4/conf/peapod0/rp_filter`.
 */
const root = '/proc/sys/net';

/** A setting that was changed. */
export interface SysctlChange {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Whether the kernel has IPv6. */
export function hasIpv6(): boolean {
  return existsSync(`${root}/ipv6/conf`);
}

/** Undefined if the kernel has no such setting. */
export async function readSysctl(name: string): Promise<string | undefined> {
  try {
    return (await readFile(`${root}/${name}`, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The names below one: of interfaces below `ipv4/conf`. */
export async function listSysctls(name: string): Promise<string[]> {
  return await readdir(`${root}/${name}`);
}

/**
 * Sets one if it has another value, so that where /proc/sys is read-only the right values are good enough. Resolves with
 * the change, or undefined. Throws PEAPOD_NETWORK_UNAVAILABLE.
 */
export async function setSysctl(name: string, to: string): Promise<SysctlChange | undefined> {
  const from = await readSysctl(name);
  if (from === to) return undefined;
  try {
    await writeFile(`${root}/${name}`, to, { flag: 'r+' });
  } catch (cause) {
    throw new PeapodError(
      'PEAPOD_NETWORK_UNAVAILABLE',
      `Cannot set net/${name} to ${to}: ${(cause as Error).message}`,
      {
        hint: `Set it on the host: sysctl -w net/${name}=${to}`,
        details: { name, value: to },
        cause,
      },
    );
  }
  return { name, from: from ?? '', to };
}
