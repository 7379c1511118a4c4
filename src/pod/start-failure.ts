import type { EventNote } from './actions.js';

/** Why a run could not even be begun. Its reason is the one kubelet shows for the container that waits. */
export class StartFailure extends Error {
  readonly reason: string;

  constructor(reason: string, cause: Error) {
    super(describeCause(cause), { cause });
    this.reason = reason;
  }
}

/** Runs one step of a preparation, naming its failure. */
export async function orFail<T>(reason: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new StartFailure(reason, error as Error);
  }
}

/** The event that tells of a failure: a volume's belongs to the pod, any other to the container. */
export function buildFailureEvent(error: Error, field: string): EventNote {
  const isMount = error instanceof StartFailure && error.reason === 'ContainerCreating';
  if (isMount) return { type: 'Warning', reason: 'FailedMount', message: error.message, field: '' };
  return { type: 'Warning', reason: 'Failed', message: `Error: ${error.message}`, field };
}

/** A status has one message, so the advice goes with it. */
function describeCause(cause: Error & { readonly hint?: string | undefined }): string {
  return cause.hint === undefined ? cause.message : `${cause.message}. ${cause.hint}`;
}
