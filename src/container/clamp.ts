import { hasCapability, parseCapability } from '../kernel/capabilities.js';
import { RLIMITS } from '../kernel/constants.js';
import type { ProcessSpec } from './spec.js';

/** What this process can give away: nobody can raise a limit or hand on a capability it does not hold. */
export interface Held {
  /** Bit mask of the capabilities of our bounding set. */
  readonly capabilities: number;
  /** The largest limit of a resource that we can give; Infinity for none. */
  rlimit(resource: number): number;
}

export interface Clamped {
  readonly process: ProcessSpec;
  /** What had to be lowered, in words, one sentence each. */
  readonly notes: readonly string[];
}

function clampRlimits(process: ProcessSpec, held: Held, notes: string[]): ProcessSpec['rlimits'] {
  const canRaise = hasCapability(held.capabilities, 'CAP_SYS_RESOURCE');
  const reason = canRaise ? 'it is the most this host allows' : 'CAP_SYS_RESOURCE is missing';
  const clamp = ([name, { soft, hard }]: [string, { soft: number; hard: number }]) => {
    const resource = RLIMITS[`RLIMIT_${name.toUpperCase()}`];
    const limit = resource === undefined ? Number.POSITIVE_INFINITY : held.rlimit(resource);
    if (hard <= limit) return [name, { soft, hard }] as const;
    notes.push(`The hard limit of ${name} is ${limit}, not ${hard}: ${reason}`);
    return [name, { soft: Math.min(soft, limit), hard: limit }] as const;
  };
  return Object.fromEntries(Object.entries(process.rlimits).map(clamp));
}

function isHeld(name: string, held: Held): boolean {
  const capability = parseCapability(name);
  // An unknown name is left in: building the plan refuses it by name.
  return capability === undefined || hasCapability(held.capabilities, capability);
}

/** Those of `names` that can be given. */
export function heldCapabilities(names: readonly string[], held: Held): string[] {
  return names.filter((name) => isHeld(name, held));
}

/** Lowers what a process asks for to what we hold, so that it starts, and says what was lowered. */
export function clampProcess(process: ProcessSpec, held: Held): Clamped {
  const notes: string[] = [];
  const capabilities = heldCapabilities(process.capabilities, held);
  const missing = process.capabilities.filter((name) => !capabilities.includes(name));
  notes.push(...missing.map((name) => `The capability ${name} is not given: peapod does not hold it itself`));
  return {
    process: {
      ...process,
      capabilities,
      rlimits: clampRlimits(process, held, notes),
    },
    notes,
  };
}
