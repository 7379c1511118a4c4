import { PeapodError } from '../../errors.js';
import { CLONE_NEWNET } from '../constants.js';
import type { Step, StepOp } from './schema.js';
import { assignSlots } from './slots.js';
import type { LaunchPlan } from './types.js';

/**
 * Who starts the plan: the engine's addon (CLONE_VM | CLONE_VFORK), or a monitor (a plain clone3); or nobody, since it has
 * steps of the monitor's own alone, which prepare a start.
 */
export type Launcher = 'addon' | 'monitor' | 'preparation';

/** `first` must come before `second` wherever a plan has both. */
interface OrderRule {
  readonly first: StepOp;
  readonly second: StepOp;
  readonly why: string;
}

const order: readonly OrderRule[] = [
  { first: 'setGroups', second: 'setUid', why: 'changing groups takes a capability that goes with root' },
  { first: 'setGid', second: 'setUid', why: 'changing the group takes a capability that goes with root' },
  { first: 'limitCapabilities', second: 'setUid', why: 'dropping from the bounding set takes CAP_SETPCAP' },
  {
    first: 'limitCapabilities',
    second: 'setCapabilities',
    why: 'dropping from the bounding set takes CAP_SETPCAP',
  },
  { first: 'setUid', second: 'setCapabilities', why: 'a change of user clears what was set before' },
  { first: 'setRlimit', second: 'setCapabilities', why: 'raising a limit takes a capability' },
  { first: 'pivotRoot', second: 'setUid', why: 'pivot_root takes CAP_SYS_ADMIN' },
  { first: 'joinNamespaces', second: 'pivotRoot', why: 'joining a mount namespace moves the root' },
  { first: 'copyMounts', second: 'changeRoot', why: 'copying a mount namespace moves the root' },
];

/** What a child that shares its launcher's memory, or is started from a thread of Node, must not do. */
const forbiddenToAddon: Readonly<Partial<Record<StepOp, string>>> = {
  joinNamespaces: 'a namespace that holds a container, its network excepted, is entered by a monitor only',
  setUid: 'a changed user makes the shared memory undumpable',
  setGid: 'a changed group makes the shared memory undumpable',
  setNotDumpable: 'dumpable belongs to the memory, which is shared',
};

function refuse(plan: LaunchPlan, problem: string): never {
  throw new PeapodError('PEAPOD_PLAN_INVALID', `The plan for ${plan.name} is wrong: ${problem}`, {
    details: { plan: plan.name },
  });
}

function isExec(step: Step | undefined): boolean {
  return step?.op === 'exec' || step?.op === 'execFd';
}

/** A monitor ignores no signal, so that CLONE_CLEAR_SIGHAND leaves a child of it none that is not its default; Node does. */
const signalSteps = {
  addon: ['resetSignals', 'blockSignals'],
  monitor: ['unblockSignals', 'resetSignals'],
} as const;

function checkEnding(plan: LaunchPlan, steps: readonly Step[], launcher: Launcher): void {
  if (launcher === 'preparation') {
    if (steps.length > 0) refuse(plan, 'a preparation starts nothing');
    return;
  }
  if (plan.child.length === 0 || !isExec(steps.at(-1))) {
    refuse(plan, 'its last step does not execute anything');
  }
  if (steps.slice(0, -1).some(isExec)) {
    refuse(plan, 'a step after exec could never run');
  }
  const ops = steps.map((step) => step.op);
  const closing = steps.at(-1)?.op === 'exec' ? [] : [['closeOnExec']];
  for (const needed of [...closing, signalSteps[launcher]] as readonly StepOp[][]) {
    if (!needed.some((op) => ops.includes(op))) {
      refuse(plan, `without ${needed.join(' or ')} the program would inherit what is the launcher's`);
    }
  }
  if (closing.length > 0 && ops.lastIndexOf('duplicateFd') > ops.lastIndexOf('closeOnExec')) {
    refuse(plan, 'duplicateFd comes after closeOnExec');
  }
}

function checkOrder(plan: LaunchPlan, steps: readonly Step[]): void {
  // A network moves nothing else.
  const ops = steps.filter((step) => !joinsNetworkOnly(step)).map((step) => step.op);
  for (const rule of order) {
    const second = ops.indexOf(rule.second);
    if (second >= 0 && ops.lastIndexOf(rule.first) > second) {
      refuse(plan, `${rule.first} comes after ${rule.second}, but ${rule.why}`);
    }
  }
}

/** Steps of the launcher's own process: in the child they would be the runtime's doings with a container's rights. */
const launcherOnly: readonly StepOp[] = ['ensureDirectory', 'writeRecord', 'listenUnix'];

/** And the only other ones it may run: the rest would change what the launcher is. */
const alsoLauncher: Readonly<Record<Launcher, readonly StepOp[]>> = {
  addon: ['openPath', 'makeDirectory'],
  preparation: ['openPath', 'makeDirectory', 'limitCapabilities'],
  monitor: [],
};

function checkPlaces(plan: LaunchPlan, launcher: Launcher): void {
  const own = plan.before ?? [];
  if (launcher === 'monitor' && own.length > 0) refuse(plan, "a monitor's own steps are a plan of their own");
  const allowed = [...launcherOnly, ...alsoLauncher[launcher]];
  const foreign = own.find(({ op }) => !allowed.includes(op));
  if (foreign !== undefined) refuse(plan, `its launcher cannot run ${foreign.op} itself`);
  const misplaced = [...plan.join, ...plan.child].find(({ op }) => launcherOnly.includes(op));
  if (misplaced !== undefined) refuse(plan, `${misplaced.op} is its launcher's to run`);
}

/** The cgroup exists before the child does; what is kept is what the launcher opened. */
function checkNames(plan: LaunchPlan): void {
  assignSlots(plan);
  const { cgroup } = plan.clone;
  if (cgroup !== null && !plan.inputs.includes(cgroup) && !opens(plan.before, cgroup)) {
    refuse(plan, `its cgroup "${cgroup}" is neither an input nor opened before the clone`);
  }
}

function opens(steps: readonly Step[] | undefined, name: string): boolean {
  return steps?.some((step) => 'out' in step && step.out === name) ?? false;
}

/** Sharing a network shows nobody the child, let alone its memory: docs/architecture.md, "Who may launch what". */
function joinsNetworkOnly(step: Step): boolean {
  return step.op === 'joinNamespaces' && step.flags === CLONE_NEWNET;
}

function checkLauncher(plan: LaunchPlan, launcher: Launcher): void {
  if (launcher !== 'addon') {
    return;
  }
  if (plan.join.length > 0) {
    refuse(plan, 'only a monitor may run join steps');
  }
  for (const step of plan.child) {
    const why = joinsNetworkOnly(step) ? undefined : forbiddenToAddon[step.op];
    if (why !== undefined) {
      refuse(plan, `the engine cannot launch a plan with ${step.op}: ${why}`);
    }
  }
}

/** Holds a plan against the format's rules. Throws PEAPOD_PLAN_INVALID with the rule that it breaks. */
export function checkPlan(plan: LaunchPlan, launcher: Launcher): void {
  const steps = [...plan.join, ...plan.child];
  checkNames(plan);
  checkPlaces(plan, launcher);
  if (plan.clone.secondFlags !== 0 && plan.join.length === 0) {
    refuse(plan, 'there is no second clone without join steps');
  }
  checkEnding(plan, steps, launcher);
  checkOrder(plan, steps);
  checkLauncher(plan, launcher);
}
