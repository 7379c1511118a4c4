import { hasCode } from '../errors.js';
import { readRecord, writeRecord } from '../kernel/durable-file.js';
import { parseRanges } from './ranges.js';
import type { NetworkSettings } from './settings.js';

/** Settings as they are on disk. */
interface SettingsRecord extends Omit<NetworkSettings, 'ranges'> {
  readonly podCidr: readonly string[];
}

/** What a root's network was; undefined when it never had one. Rejects with PEAPOD_STATE_CORRUPT. */
export async function readNetworkSettings(path: string): Promise<NetworkSettings | undefined> {
  try {
    const { podCidr, ...rest } = (await readRecord(path)) as SettingsRecord;
    return { ...rest, ranges: podCidr.length === 0 ? [] : parseRanges(podCidr, path) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Keeps the settings for the next engine of the root: on disk when it resolves. */
export async function writeNetworkSettings(path: string, settings: NetworkSettings): Promise<void> {
  const { ranges, ...rest } = settings;
  const record: SettingsRecord = { ...rest, podCidr: ranges.map(({ cidr }) => cidr) };
  await writeRecord(path, record, { isDurable: true });
}
