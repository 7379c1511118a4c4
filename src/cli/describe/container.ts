import type {
  Container,
  ContainerPort,
  ContainerState,
  ContainerStatus,
  EnvVar,
  VolumeMount,
} from 'kubernetes-types/core/v1.js';
import { type Entry, type Sheet, sheet, type Value } from './sheet.js';

/** One container of a pod. `status` is absent until the engine has looked at it. */
export function describeContainer(container: Container, status: ContainerStatus | undefined): Sheet {
  const { image, ports, command, args } = container;
  const head = sheet({
    'Container ID': status?.containerID ?? '',
    Image: image ?? '',
    'Image ID': status?.imageID ?? '',
    Port: describePorts(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol ?? 'TCP'}`),
    'Host Port': describePorts(ports, ({ hostPort, protocol }) => `${hostPort ?? 0}/${protocol ?? 'TCP'}`),
    Command: describeWords(command),
    Args: describeWords(args),
  });
  const state = describeState('State', status?.state);
  const last = hasState(status?.lastState) ? describeState('Last State', status?.lastState) : [];
  return { entries: [...head.entries, ...state, ...last, ...describeRest(container, status).entries] };
}

function describeRest(
  { resources, env, volumeMounts }: Container,
  status: ContainerStatus | undefined,
): Sheet {
  return sheet({
    Ready: status?.ready ? 'True' : 'False',
    'Restart Count': String(status?.restartCount ?? 0),
    Limits: describeQuantities(resources?.limits),
    Requests: describeQuantities(resources?.requests),
    Environment: describeEnvironment(env),
    Mounts: describeMounts(volumeMounts),
  });
}

function describePorts(
  ports: readonly ContainerPort[] = [],
  format: (port: ContainerPort) => string,
): string {
  return ports.length === 0 ? '<none>' : ports.map(format).join(', ');
}

/** Each on a line of its own: a script in an argument keeps its shape. */
function describeWords(words: readonly string[] = []): Value | undefined {
  return words.length === 0 ? undefined : words.flatMap((word) => word.split('\n'));
}

function hasState(state: ContainerState | undefined): boolean {
  return state?.running !== undefined || state?.terminated !== undefined || state?.waiting !== undefined;
}

/** Details are labels of the same level, two spaces in, so that their values are aligned with the others. */
function describeState(title: string, state: ContainerState = {}): Entry[] {
  const { running, terminated, waiting } = state;
  if (running !== undefined)
    return [{ label: title, value: 'Running' }, ...details({ Started: running.startedAt })];
  if (terminated === undefined)
    return [
      { label: title, value: 'Waiting' },
      ...details({ Reason: waiting?.reason, Message: waiting?.message }),
    ];
  const { reason, message, exitCode, startedAt, finishedAt } = terminated;
  return [
    { label: title, value: 'Terminated' },
    ...details({ Reason: reason, Message: message, 'Exit Code': String(exitCode) }),
    ...details({ Started: startedAt ?? '<unknown>', Finished: finishedAt ?? '<unknown>' }),
  ];
}

function details(values: Record<string, string | undefined>): Entry[] {
  return Object.entries(values).flatMap(([label, value]) => (value ? [{ label: `  ${label}`, value }] : []));
}

function describeQuantities(quantities: Record<string, unknown> = {}): Value | undefined {
  const entries = Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]);
  return entries.length === 0 ? undefined : sheet(Object.fromEntries(entries));
}

function describeEnvironment(env: readonly EnvVar[] = []): Value {
  if (env.length === 0) return '<none>';
  return { entries: env.map((variable) => ({ label: variable.name, value: describeVariable(variable) })) };
}

function describeVariable({ value, valueFrom }: EnvVar): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom ?? {};
  if (configMapKeyRef)
    return `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>`;
  if (secretKeyRef) return `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>`;
  if (fieldRef) return `(${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`;
  if (resourceFieldRef) return `(${resourceFieldRef.resource})`;
  return value ?? '';
}

function describeMounts(mounts: readonly VolumeMount[] = []): Value {
  if (mounts.length === 0) return '<none>';
  return mounts.map(describeMount).sort();
}

function describeMount({ mountPath, name, readOnly, subPath }: VolumeMount): string {
  const path = subPath === undefined ? '' : `,path="${subPath}"`;
  return `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${path})`;
}
