import type { Container } from 'kubernetes-types/core/v1.js';
import type { ImageConfig } from '../image/config.js';
import { configError } from './config-error.js';
import { expand } from './expansion.js';

/**
 * What a container runs: `command` replaces the image's ENTRYPOINT and drops its CMD, `args` replace CMD.
 *
 * @param variables the manifest's own, for `$(NAME)` in command and args.
 * @throws PEAPOD_CONTAINER_CONFIG when neither the manifest nor the image names a program.
 */
export function buildArgv(
  container: Container,
  image: Pick<ImageConfig, 'entrypoint' | 'cmd'>,
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  const command = (container.command ?? []).map((part) => expand(part, variables));
  const args = (container.args ?? []).map((part) => expand(part, variables));
  const start = command.length > 0 ? command : image.entrypoint;
  const imageArgs = command.length > 0 ? [] : image.cmd;
  const argv = [...start, ...(args.length > 0 ? args : imageArgs)];
  if (argv.length > 0) return argv;
  throw configError(
    `Cannot start container "${container.name}": neither it nor its image names a command`,
    'Give the container a command',
  );
}
