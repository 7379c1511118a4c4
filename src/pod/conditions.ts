import type { Container, ContainerStatus, PodCondition, PodStatus } from 'kubernetes-types/core/v1.js';
import type { Moment } from './container-state.js';
import { initContainersOf, isBare, isSidecar, sidecarsOf, specOf } from './pod-containers.js';
import { timestamp } from './timestamp.js';

type Statuses = ReadonlyMap<string, ContainerStatus>;

/** A condition before it is known since when it holds. */
type Finding = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** What the conditions are derived from, besides the facts. */
export interface ConditionSources {
  readonly statuses: Statuses;
  readonly phase: string | undefined;
  readonly previous: PodStatus | undefined;
}

/** kubelet's conditions, in its order, after those that somebody else set (for readiness gates). */
export function buildConditions(moment: Moment, sources: ConditionSources): PodCondition[] {
  const earlier = sources.previous?.conditions ?? [];
  const findings = findingsOf(moment, sources);
  const foreign = earlier.filter(({ type }) => !findings.some((finding) => finding.type === type));
  return [...foreign, ...findings.map((finding) => stamp(finding, earlier, moment.now))];
}

/** lastTransitionTime moves only when the status does. */
function stamp(finding: Finding, earlier: readonly PodCondition[], now: number): PodCondition {
  const before = earlier.find(({ type, status }) => type === finding.type && status === finding.status);
  return { ...finding, lastTransitionTime: before?.lastTransitionTime ?? timestamp(now) };
}

function findingsOf(moment: Moment, sources: ConditionSources): readonly Finding[] {
  const containersReady = findContainersReady(moment, sources);
  return [
    { type: 'PodReadyToStartContainers', status: moment.observed.sandbox?.alive === true ? 'True' : 'False' },
    findInitialized(moment, sources),
    findReady(moment, sources, containersReady),
    { type: 'ContainersReady', ...containersReady },
    findScheduled(moment),
  ];
}

/** This host is the only one there is: what keeps a pod off it is another pod that has one of its ports. */
function findScheduled({ observed: { sandboxProblem } }: Moment): Finding {
  const type = 'PodScheduled';
  if (sandboxProblem?.reason !== 'FailedScheduling') return { type, status: 'True' };
  return { type, status: 'False', reason: 'Unschedulable', message: sandboxProblem.message };
}

function findInitialized({ pod }: Moment, { statuses, phase }: ConditionSources): Finding {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  if (specOf(pod).containers.some(({ name }) => hasStarted(statuses.get(name))))
    return { type, status: 'True' };
  const isUndone = (container: Container): boolean => {
    const status = statuses.get(container.name);
    return (isSidecar(container) ? status?.started : status?.ready) !== true;
  };
  const undone = initContainersOf(pod).filter(isUndone);
  if (undone.length === 0) return { type, status: 'True' };
  const message = `containers with incomplete status: [${namesOf(undone)}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function findContainersReady(
  { pod, observed }: Moment,
  { statuses, phase }: ConditionSources,
): Omit<Finding, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  if (isBare(pod) && observed.sandbox?.alive !== true) {
    return { status: 'False', reason: 'ContainersNotReady', message: 'its sandbox does not run' };
  }
  const needed = [...sidecarsOf(pod), ...specOf(pod).containers];
  const unready = needed.filter(({ name }) => statuses.get(name)?.ready !== true);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${namesOf(unready)}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

function findReady(
  { pod }: Moment,
  { previous }: ConditionSources,
  containersReady: Omit<Finding, 'type'>,
): Finding {
  const type = 'Ready';
  if (containersReady.status !== 'True') return { type, ...containersReady };
  const gates = specOf(pod).readinessGates?.map(({ conditionType }) => conditionType) ?? [];
  const messages = gates.flatMap((gate) => describeGate(gate, previous?.conditions ?? []));
  if (messages.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

function describeGate(gate: string, conditions: readonly PodCondition[]): readonly string[] {
  const condition = conditions.find(({ type }) => type === gate);
  if (condition === undefined)
    return [`corresponding condition of pod readiness gate "${gate}" does not exist.`];
  if (condition.status === 'True') return [];
  return [`the status of pod readiness gate "${gate}" is not "True", but ${condition.status}`];
}

function hasStarted(status: ContainerStatus | undefined): boolean {
  const isEnded = status?.state?.terminated !== undefined || status?.lastState?.terminated !== undefined;
  return isEnded || status?.state?.running !== undefined;
}

function namesOf(containers: readonly Container[]): string {
  return containers.map(({ name }) => name).join(' ');
}
