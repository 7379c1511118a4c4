/** How a process ended. What cannot be known is a value of its own: no status is ever invented. */
export type ExitStatus =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signaled'; readonly signal: number }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a monitor says, on its socket and in exit.json, when wait failed. */
export const unlearnedExit: ExitStatus = {
  kind: 'unknown',
  reason: 'The monitor could not learn how it ended',
};

/** The exit code as shells and Kubernetes print it: 128 + n for a signal, 137 where the truth is lost. */
export function exitCode(status: ExitStatus): number {
  switch (status.kind) {
    case 'exited':
      return status.status;
    case 'signaled':
      return 128 + status.signal;
    case 'unknown':
      return 137;
  }
}
