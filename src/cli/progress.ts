import type { Progress } from '../image/install.js';
import type { Output } from './cli.js';
import { formatSize } from './size.js';

const barWidth = 24;
const defaultColumns = 80;

/** Nothing is drawn more often than the eye sees. */
const intervalMs = 100;

const phases: Readonly<Record<Progress['phase'], string>> = {
  waiting: 'Waiting',
  downloading: 'Downloading',
  extracting: 'Extracting',
  exists: 'Already here',
  done: 'Done',
};

/** What of a digest is shown: Docker's twelve digits. */
function shorten(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** `3f4a…: Downloading [====>   ] 3.1MB/7.4MB`, no longer than the terminal is wide. */
export function describeProgress(
  { digest, phase, current, total }: Progress,
  columns = defaultColumns,
): string {
  const head = `${shorten(digest)}: ${phases[phase]}`;
  const isMoving = phase === 'downloading' || phase === 'extracting';
  if (!isMoving || total <= 0) return head.slice(0, columns);
  const size = `${formatSize(Math.min(current, total))}/${formatSize(total)}`;
  const filled = Math.floor((Math.min(current, total) / total) * barWidth);
  const bar = `[${'='.repeat(filled)}${filled < barWidth ? '>' : ''}`.padEnd(barWidth + 1);
  const line = `${head.padEnd(25)} ${bar}] ${size}`;
  return line.length <= columns ? line : `${head} ${size}`.slice(0, columns);
}

/**
 * Shows how far the layers of one image are: on a terminal one line each, which is drawn anew as it changes, and a line
 * for each layer that has ended elsewhere.
 */
export class ProgressPrinter {
  readonly #output: Output;
  readonly #isQuiet: boolean;
  readonly #layers = new Map<string, Progress>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, { isQuiet }: { readonly isQuiet: boolean }) {
    this.#output = output;
    this.#isQuiet = isQuiet;
  }

  readonly show = (progress: Progress): void => {
    const before = this.#layers.get(progress.digest)?.phase;
    this.#layers.set(progress.digest, progress);
    if (this.#isQuiet) return;
    if (this.#output.isTTY) this.#timer ??= setTimeout(() => this.#draw(), intervalMs);
    else if (isOver(progress) && before !== progress.phase) {
      this.#output.write(`${describeProgress(progress)}\n`);
    }
  };

  /** Draws what is last. Nothing is shown afterwards. */
  end(): void {
    if (this.#timer === undefined) return;
    this.#draw();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { columns, rows = 24 } = this.#output;
    // What has scrolled out cannot be drawn anew: of many layers, those that still move, and the rest as a sum.
    const lines = this.#lines(rows - 1).map((line) => line.slice(0, columns ?? defaultColumns));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    this.#output.write(`${up}\r\x1b[J${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  #lines(room: number): string[] {
    const all = [...this.#layers.values()];
    const columns = (this.#output.columns ?? defaultColumns) - 1;
    const describe = (layer: Progress): string => describeProgress(layer, columns);
    if (all.length <= room) return all.map(describe);
    const moving = all.filter((layer) => !isOver(layer)).slice(0, Math.max(room - 1, 0));
    return [...moving.map(describe), `${all.filter(isOver).length} of ${all.length} layers are here`];
  }
}

function isOver({ phase }: Progress): boolean {
  return phase === 'done' || phase === 'exists';
}
