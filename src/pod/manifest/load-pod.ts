import type { Pod } from 'kubernetes-types/core/v1.js';
import { checkFields } from './check-fields.js';
import { setDefaults } from './defaults.js';
import type { Draft } from './draft.js';
import { barePodFields, podFields } from './fields/pod.js';
import { entryOf, isNull, type ManifestNode } from './node.js';
import type { Report } from './report.js';
import { rules } from './rules/all.js';
import { checkSysctls } from './rules/sysctls.js';
import { didYouMean } from './suggest.js';
import { describeNode, quote } from './text.js';

export interface LoadedPod {
  /** Checked, with every default Kubernetes would set; when the problems are not empty, not to be used. */
  readonly pod: Pod;
  /**
   * The containers whose imagePullPolicy the manifest itself states. The others have Kubernetes' default in `pod`,
   * but an image in the local store serves them.
   */
  readonly pullPolicyStated: ReadonlySet<string>;
}

export interface LoadOptions {
  /** What to call the text in messages, a file name as a rule. */
  readonly source?: string | undefined;
  /** `strict` when absent. */
  readonly validate?: 'strict' | 'warn' | 'ignore' | undefined;
  /** Sysctls that a pod may set beyond the safe ones: names, or beginnings of them with a `*`. */
  readonly allowedUnsafeSysctls?: readonly string[] | undefined;
  /** A pod without containers is right: a sandbox only. */
  readonly isBare?: boolean | undefined;
}

/** Checks one object; what is wrong goes to the report. */
export function loadPod(node: ManifestNode, report: Report, options: LoadOptions): LoadedPod | undefined {
  if (!isPod(node, report)) return undefined;
  const pod = checkFields(node, options.isBare ? barePodFields : podFields, report) as Draft<Pod>;
  const pullPolicyStated = new Set(namesWithPullPolicy(pod));
  for (const rule of rules) rule(pod, report);
  checkSysctls(pod, report, options.allowedUnsafeSysctls ?? []);
  // Only a pod without problems is returned to callers, and such a pod has all its required fields.
  return { pod: pod as Pod, pullPolicyStated };
}

/** Defaults are set last, when nothing can be missing any more. */
export function completePod(loaded: LoadedPod): LoadedPod {
  setDefaults(loaded.pod);
  return loaded;
}

/** What is no Pod is not held against the Pod's fields: every one of its own would be "unknown". */
function isPod(node: ManifestNode, report: Report): boolean {
  if (node.kind !== 'map') {
    report.error([], `must be a Pod, not ${describeNode(node)}`);
    return false;
  }
  const kind = entryOf(node, 'kind')?.value;
  if (kind?.kind !== 'scalar' || isNull(kind) || kind.value === 'Pod') return true;
  const isLater = kind.value === 'ConfigMap' || kind.value === 'Secret';
  const message = isLater
    ? `${quote(kind.text)} is not supported yet`
    : `must be "Pod", not ${quote(kind.text)}`;
  report.error(['kind'], message, { hint: didYouMean(kind.text, ['Pod', 'List']) });
  return false;
}

function namesWithPullPolicy({ spec }: Draft<Pod>): string[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.filter((one) => one.imagePullPolicy !== undefined).flatMap(({ name }) => name ?? []);
}
