import { entryOf, type ManifestNode, type Path, type Position } from './node.js';
import { type Problem, type ProblemList, positionOf } from './problem.js';
import { formatPath } from './text.js';

export interface RemarkOptions {
  readonly hint?: string | undefined;
  /** Whether to point at the key or (the default) at the value. */
  readonly on?: 'key' | 'value';
}

/** Reports problems of one object by path; the place in the text is looked up only for what is reported. */
export class Report {
  readonly #root: ManifestNode | undefined;
  readonly #list: ProblemList;
  /** Goes before every path: `items[2]` inside a List. */
  readonly #prefix: Path;

  constructor(list: ProblemList, root: ManifestNode | undefined, prefix: Path = []) {
    this.#list = list;
    this.#root = root;
    this.#prefix = prefix;
  }

  /** Breaks the Pod API: an error in every mode. */
  error(path: Path, message: string, options: RemarkOptions = {}): void {
    this.#list.addError(this.#problem(path, message, options));
  }

  /** A field nobody knows: an error unless validation is relaxed. */
  unknown(path: Path, hint: string | undefined): void {
    this.#list.addRelaxed(this.#problem(path, 'unknown field', { hint, on: 'key' }));
  }

  /** Kubernetes has it, this version cannot honour it: an error unless validation is relaxed. */
  later(path: Path, message: string, options: RemarkOptions = {}): void {
    const hint = options.hint ?? 'remove it, or relax validation to run the pod without it';
    this.#list.addRelaxed(this.#problem(path, message, { ...options, hint }));
  }

  /** Accepted and without effect: a warning. */
  ignored(path: Path, because: string): void {
    this.#list.addWarning(this.#problem(path, `ignored: ${because}`, { on: 'key' }));
  }

  #problem(path: Path, message: string, { hint, on = 'value' }: RemarkOptions): Problem {
    const at = positionOf(locate(this.#root, path, on));
    const full = formatPath([...this.#prefix, ...path]);
    return { message, path: full, ...at, ...(hint === undefined ? undefined : { hint }) };
  }
}

/** The place of a path, or of the nearest thing around it that is in the text. */
function locate(root: ManifestNode | undefined, path: Path, on: 'key' | 'value'): Position | undefined {
  let node = root;
  let at = root?.at;
  for (const [index, segment] of path.entries()) {
    const entry = typeof segment === 'string' ? entryOf(node, segment) : undefined;
    const found = entry?.value ?? itemOf(node, segment);
    if (found === undefined) return at;
    const isLast = index === path.length - 1;
    at = isLast && on === 'key' ? (entry?.keyAt ?? found.at) : found.at;
    node = found;
  }
  return at;
}

function itemOf(node: ManifestNode | undefined, segment: string | number): ManifestNode | undefined {
  return node?.kind === 'list' && typeof segment === 'number' ? node.items[segment] : undefined;
}
