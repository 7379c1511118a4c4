import type { ProcessSpec } from '../container/spec.js';
import { findContainer } from './choose-container.js';
import type { ExecOptions } from './engine-api.js';
import type { PodState } from './pod-state.js';

/**
 * The process of an exec: as the container's first one, so that what enters can do neither more nor less, but for
 * what the caller asks to be different.
 */
export async function buildExecProcess(
  state: PodState,
  { name, process }: { readonly name: string; readonly process: ProcessSpec },
  options: ExecOptions,
): Promise<ProcessSpec> {
  const { command, env = [], cwd = process.cwd, tty = false } = options;
  return {
    ...process,
    argv: command,
    env: mergeEnvironment(process.env, tty ? ['TERM=xterm', ...env] : env),
    cwd,
    terminal: tty,
    ...(options.user !== undefined && { user: await lookupUser(state, name, options.user) }),
  };
}

async function lookupUser(state: PodState, name: string, user: string): Promise<ProcessSpec['user']> {
  const { images } = state.parts;
  const image = state.images.get(name) ?? (await images.resolve(findContainer(state.pod, name)?.image ?? ''));
  const { uid, gid, additionalGids } = images.lookupUser(image, user);
  return { uid, gid, additionalGids };
}

/** Later values of a name replace earlier ones. */
function mergeEnvironment(base: readonly string[], added: readonly string[]): string[] {
  const entries = [...base, ...added].map((entry) => [entry.split('=', 1)[0], entry] as const);
  return [...new Map(entries).values()];
}
