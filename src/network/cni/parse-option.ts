import { isAbsolute } from 'node:path';
import { PeapodError } from '../../errors.js';

const prefix = 'cni:';

/** The directory of `cni:DIR`, as `serve --network` has it; undefined for another network. Throws PEAPOD_USAGE. */
export function parseCniOption(text: string): string | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const directory = text.slice(prefix.length);
  if (isAbsolute(directory)) return directory;
  throw new PeapodError(
    'PEAPOD_USAGE',
    `"${text}" names no directory with the configuration of a CNI network`,
    {
      hint: 'Write an absolute path, for example cni:/etc/cni/net.d',
    },
  );
}
