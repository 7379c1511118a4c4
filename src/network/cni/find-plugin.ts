import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { PeapodError } from '../../errors.js';

/** Where distributions and installers put plugins. */
export const defaultPluginDirectories: readonly string[] = [
  '/opt/cni/bin',
  '/usr/lib/cni',
  '/usr/libexec/cni',
];

/** The program of a plugin: in the first directory that has it. Throws PEAPOD_CNI_FAILED when none has. */
export async function findPlugin(type: string, directories: readonly string[]): Promise<string> {
  for (const directory of directories) {
    const path = join(directory, type);
    if (await isProgram(path)) return path;
  }
  throw new PeapodError(
    'PEAPOD_CNI_FAILED',
    `Cannot find the CNI plugin "${type}" in ${directories.join(', ')}`,
    {
      hint: 'Debian has the standard ones in the package containernetworking-plugins',
      details: { plugin: type },
    },
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
