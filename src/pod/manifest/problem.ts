import { PeapodError } from '../../errors.js';
import { limits } from './limits.js';
import type { Position } from './node.js';

/** One thing wrong with a manifest, and where. */
export interface Problem {
  readonly message: string;
  /** `spec.containers[0].image`; empty when the text could not be read that far. */
  readonly path: string;
  /** From 1; absent when a JavaScript object was given instead of a text. */
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
}

/**
 * How to take unknown fields and fields this version cannot honour: `strict` makes them errors, `warn` warnings,
 * `ignore` nothing. What Kubernetes itself refuses is an error in every mode.
 */
export type ValidateMode = 'strict' | 'warn' | 'ignore';

/** The errors and warnings of one text, collected so that all are reported at once. */
export class ProblemList {
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly source: string;
  readonly mode: ValidateMode;
  #errorCount = 0;

  constructor(source: string, mode: ValidateMode) {
    this.source = source;
    this.mode = mode;
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  addError(problem: Problem): void {
    this.#errorCount += 1;
    if (this.errors.length < limits.problems) this.errors.push(problem);
  }

  addWarning(problem: Problem): void {
    if (this.mode !== 'ignore' && this.warnings.length < limits.problems) this.warnings.push(problem);
  }

  /** An error, a warning or nothing, as the mode says. */
  addRelaxed(problem: Problem): void {
    if (this.mode === 'warn' || this.mode === 'ignore') this.addWarning(problem);
    else this.addError(problem);
  }

  /** @throws PEAPOD_MANIFEST_INVALID when there is any error; `details` has `problems` and `source`. */
  throwIfAny(): void {
    if (this.errors.length === 0) return;
    const problems = this.errors.toSorted(byPosition);
    const message = summarize(problems[0] as Problem, this.#errorCount, this.source);
    const details = { problems, source: this.source };
    throw new PeapodError('PEAPOD_MANIFEST_INVALID', message, { details, hint: problems[0]?.hint });
  }
}

/** One position from a problem and a node's place, for spreading into a Problem. */
export function positionOf(at: Position | undefined): { line: number; column: number } | undefined {
  return at === undefined ? undefined : { line: at.line, column: at.column };
}

/** The problems as a compiler would print them: `pod.yaml:12:9: spec.containers[0].imge: unknown field`, then hints. */
export function renderProblems(problems: readonly Problem[], source: string): string {
  return problems.map((problem) => renderProblem(problem, source)).join('\n');
}

function summarize(first: Problem, count: number, source: string): string {
  const words = count === 1 ? '1 problem' : `${count} problems, the first`;
  const place = first.line === undefined ? '' : ` at ${first.line}:${first.column}`;
  return `Manifest "${source}" has ${words}${place}: ${renderSentence(first)}`;
}

function renderProblem(problem: Problem, source: string): string {
  const place = problem.line === undefined ? source : `${source}:${problem.line}:${problem.column}`;
  const hint = problem.hint === undefined ? '' : `\n  hint: ${problem.hint}`;
  return `${place}: ${renderSentence(problem)}${hint}`;
}

function renderSentence({ path, message }: Problem): string {
  return path === '' ? message : `${path}: ${message}`;
}

function byPosition(first: Problem, second: Problem): number {
  return (first.line ?? 0) - (second.line ?? 0) || (first.column ?? 0) - (second.column ?? 0);
}
