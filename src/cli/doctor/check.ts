/** `warning`: pods run, but something said in the finding does not work. `failed`: no pod will run. */
export type State = 'ok' | 'warning' | 'failed' | 'unknown';

export interface Finding {
  readonly state: State;
  /** What is the case. */
  readonly detail: string;
  /** What does not work because of it. */
  readonly effect?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** One question to this host. It looks and changes nothing. */
export interface Check {
  readonly name: string;
  look(): Finding | Promise<Finding>;
}

export interface Result extends Finding {
  readonly name: string;
}

/** Asks them all. A check that breaks is a finding too. */
export async function runChecks(checks: readonly Check[]): Promise<Result[]> {
  return await Promise.all(checks.map(runCheck));
}

async function runCheck({ name, look }: Check): Promise<Result> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, state: 'unknown', detail: error instanceof Error ? error.message : String(error) };
  }
}
