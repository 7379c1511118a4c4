import type { Pod } from 'kubernetes-types/core/v1.js';
import { hasCode, PeapodError } from '../errors.js';
import type { Engine, WatchEvent } from '../pod/engine-api.js';
import { findJsonPath, renderValue } from './jsonpath.js';

/** Something that may become true of a pod; undefined is a pod that is not there. */
export type Condition = (pod: Pod | undefined) => boolean;

/** Parses kubectl's `--for`. Throws PEAPOD_USAGE. */
export function parseCondition(text: string): Condition {
  if (text === 'delete') return (pod) => pod === undefined;
  if (text === 'create') return (pod) => pod !== undefined;
  const [, kind, rest = ''] = /^(condition|jsonpath)=(.+)$/s.exec(text) ?? [];
  if (kind === 'condition') return parseStatusCondition(rest);
  if (kind === 'jsonpath') return parsePathCondition(rest);
  throw new PeapodError('PEAPOD_USAGE', `--for "${text}" is not known`, {
    hint: "Write condition=Ready, delete, create or jsonpath='{.status.phase}'=Running",
  });
}

function parseStatusCondition(text: string): Condition {
  const [name = '', wanted = 'True'] = text.split('=');
  return (pod) =>
    pod?.status?.conditions?.some(({ type, status }) => isSame(type, name) && isSame(status, wanted)) ??
    false;
}

function isSame(first: string, second: string): boolean {
  return first.toLowerCase() === second.toLowerCase();
}

/** `{.status.phase}=Running`; without a value, anything that is there. */
function parsePathCondition(text: string): Condition {
  const [, quoted, bare, wanted] = /^(?:(\{.*\})|([^={]+))(?:=(.*))?$/s.exec(text) ?? [];
  const path = quoted ?? bare ?? text;
  // A malformed path is told at once, not after the first look at a pod.
  findJsonPath(path, {});
  return (pod) => {
    const found = pod === undefined ? [] : findJsonPath(path, pod).map(renderValue);
    return wanted === undefined ? found.length > 0 : found.includes(wanted);
  };
}

export interface WaitOptions {
  readonly name: string;
  readonly condition: Condition;
  readonly timeoutMs: number;
}

/** Resolves when the condition is met. Rejects with PEAPOD_TIMEOUT, or PEAPOD_NOT_FOUND when the pod is gone. */
export async function waitForPod(engine: Engine, options: WaitOptions): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.min(options.timeoutMs, 2 ** 31 - 1));
  try {
    if (!(await isMet(engine, options, controller.signal))) throw timedOut(options);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** False when the signal aborts first. */
async function isMet(engine: Engine, options: WaitOptions, signal: AbortSignal): Promise<boolean> {
  // The watch is under way before the pod is looked up: what happens in between is seen by one or the other.
  const events = engine.watch({ name: options.name, signal })[Symbol.asyncIterator]();
  try {
    return await isMetBy(events, engine, options);
  } finally {
    // Without waiting: an iterator that waits for an event ends by the signal.
    events.return?.().catch(() => {});
  }
}

async function isMetBy(
  events: AsyncIterator<WatchEvent>,
  engine: Engine,
  { name, condition }: WaitOptions,
): Promise<boolean> {
  let next = events.next();
  next.catch(() => {});
  const found = await find(engine, name);
  if (condition(found)) return true;
  if (found === undefined && !condition({})) throw gone(name, 'is not there');
  for (;;) {
    const { value, done } = await next;
    if (done) return false;
    const isDeleted = value.type === 'DELETED';
    if (condition(isDeleted ? undefined : value.object)) return true;
    if (isDeleted) throw gone(name, 'was deleted meanwhile');
    next = events.next();
  }
}

async function find(engine: Engine, name: string): Promise<Pod | undefined> {
  try {
    return await engine.get(name);
  } catch (error) {
    if (hasCode(error, 'PEAPOD_NOT_FOUND')) return undefined;
    throw error;
  }
}

function gone(name: string, state: string): PeapodError {
  return new PeapodError('PEAPOD_NOT_FOUND', `Cannot wait for pod "${name}": it ${state}`);
}

function timedOut({ name, timeoutMs }: WaitOptions): PeapodError {
  return new PeapodError(
    'PEAPOD_TIMEOUT',
    `Timed out after ${timeoutMs / 1000} s waiting for pod "${name}"`,
    {
      hint: `See why: peapod describe pod ${name}`,
    },
  );
}
