/** One run of a small program that serves us: a plugin, a helper. */
export interface ProgramCall {
  /** A path, or a name that is looked for in the PATH of `environment`. */
  readonly program: string;
  readonly arguments?: readonly string[];
  /** All of it: nothing of ours is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  /** From the start until the end of its output. */
  readonly timeoutMs: number;
  /** Called when it runs. Its process group, which is of its own, has the same number. */
  readonly onStart?: (pid: number) => void;
}

export interface ProgramOutcome {
  /** Undefined when it was ended by a signal, or could not be started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly isTimedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started, or its output not be taken. */
  readonly problem: string | undefined;
}

/** What such a program has to say fits; more is an error, and the end of it. */
const maxOutputBytes = 1 << 20;

/**
 * Runs a program to its end, in `/`. When the time is over, it is killed with all that it has started: a program of
 * its own that has its output would keep us waiting. Never rejects for what the program does.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramOutcome> {
  // A tenth of a second to load: only who has such a program pays for it.
  const { execa } = await import('execa');
  const running = execa(call.program, call.arguments ?? [], {
    env: call.environment,
    extendEnv: false,
    input: call.input,
    cwd: '/',
    detached: true,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: maxOutputBytes,
  });
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    killGroup(running.pid);
  }, call.timeoutMs);
  if (running.pid !== undefined) call.onStart?.(running.pid);
  const result = await running.finally(() => clearTimeout(timer));
  if (result.isMaxBuffer) killGroup(running.pid);
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    isTimedOut,
    stdout: result.stdout,
    stderr: result.stderr,
    problem: result.isMaxBuffer ? 'it printed too much' : result.code,
  };
}

/** Kills a program started by `runProgram`, and what it has started. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}
