import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { PeapodError } from '../../errors.js';
import { type NetworkList, parseNetworkList } from './network-list.js';

const extensions = ['.conflist', '.conf', '.json'];

/**
 * The network that a directory configures: that of the first file by name, as containerd and CRI-O choose it. A file
 * that is wrong is an error, not a reason to take the next. Throws PEAPOD_CNI_FAILED.
 */
export async function readConfiguration(directory: string): Promise<NetworkList> {
  const names = await orRefuse(directory, () => readdir(directory));
  const [first] = names.filter((name) => extensions.includes(extname(name))).sort();
  if (first === undefined) {
    throw new PeapodError('PEAPOD_CNI_FAILED', `There is no CNI configuration in "${directory}"`, {
      hint: `It is a file that ends in ${extensions.join(', ')}`,
      details: { path: directory },
    });
  }
  const path = join(directory, first);
  return parseNetworkList(await orRefuse(path, () => readFile(path, 'utf8')), path);
}

async function orRefuse<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const message = `Cannot read the CNI configuration "${path}": ${(cause as { code: string }).code}`;
    throw new PeapodError('PEAPOD_CNI_FAILED', message, { cause, details: { path } });
  }
}
