import type { Container, EnvVar, Pod } from 'kubernetes-types/core/v1.js';
import { configError } from './config-error.js';
import { expand } from './expansion.js';
import { fieldValue } from './field-ref.js';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the environment is made of besides the manifest. */
export interface EnvironmentSources {
  /** `NAME=value` entries of the image. */
  readonly imageEnv: readonly string[];
  /** The manifest's variables, from `manifestVariables`. */
  readonly variables: ReadonlyMap<string, string>;
  readonly hostname: string;
  /** Home directory of the user, from the image's passwd. */
  readonly home: string;
  readonly tty: boolean;
}

/**
 * The variables a manifest gives a container, in order; a later one replaces an earlier one of its name. `$(NAME)`
 * in a value sees those before it, not the image's. The same variables are seen by command, args and subPathExpr.
 *
 * @throws PEAPOD_CONTAINER_CONFIG for a source that is not supported.
 */
export function manifestVariables(pod: Pod, container: Container): ReadonlyMap<string, string> {
  if ((container.envFrom ?? []).length > 0) {
    throw configError(`Cannot fill envFrom of container "${container.name}": it is not supported`);
  }
  const variables = new Map<string, string>();
  for (const variable of container.env ?? []) {
    variables.set(variable.name, variableValue(pod, variable, variables));
  }
  return variables;
}

/** The complete environment: defaults, then the image's variables, then the manifest's; the last of a name wins. */
export function buildEnvironment(sources: EnvironmentSources): readonly string[] {
  const defaults: [string, string][] = [
    ['PATH', defaultPath],
    ['HOSTNAME', sources.hostname],
    ['HOME', sources.home],
    ...(sources.tty ? [['TERM', 'xterm'] as [string, string]] : []),
  ];
  const all = new Map([...defaults, ...sources.imageEnv.flatMap(splitEntry), ...sources.variables]);
  return [...all].map(([name, value]) => `${name}=${value}`);
}

function variableValue(pod: Pod, variable: EnvVar, variables: ReadonlyMap<string, string>): string {
  const { name, value, valueFrom } = variable;
  if (valueFrom === undefined) return expand(value ?? '', variables);
  if (valueFrom.fieldRef !== undefined) return fieldValue(pod, valueFrom.fieldRef.fieldPath);
  const kind = Object.keys(valueFrom)[0] ?? 'valueFrom';
  throw configError(`Cannot fill the variable "${name}": ${kind} is not supported`);
}

/** An entry without `=` would be taken from somebody's own environment by other runtimes: it says nothing here. */
function splitEntry(entry: string): [string, string][] {
  const at = entry.indexOf('=');
  return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
}
