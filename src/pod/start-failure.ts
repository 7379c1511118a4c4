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

/** What an image's failure is told as, besides the container's; by the reason it waits for. */
const imageEvents: Readonly<Record<string, string>> = {
  ErrImageNeverPull: 'ErrImageNeverPull',
  InvalidImageName: 'InspectFailed',
  ImageInspectError: 'InspectFailed',
};

/** The events that tell of a failure: a volume's belongs to the pod, any other to the container. */
export function buildFailureEvents(error: Error, field: string): EventNote[] {
  const type = 'Warning';
  const { message } = error;
  const waiting = error instanceof StartFailure ? error.reason : undefined;
  if (waiting === 'ContainerCreating') return [{ type, reason: 'FailedMount', message, field: '' }];
  const reason = imageEvents[waiting ?? ''];
  if (reason === undefined) return [{ type, reason: 'Failed', message: `Error: ${message}`, field }];
  return [
    { type, reason, message, field },
    { type, reason: 'Failed', message: `Error: ${waiting}`, field },
  ];
}

/** A status has one message, so the advice goes with it. */
export function describeCause(cause: Error & { readonly hint?: string | undefined }): string {
  return cause.hint === undefined ? cause.message : `${cause.message}. ${cause.hint}`;
}
