import type { Cli } from './cli.js';

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** The user's own terminal, lent to a process in a container. */
export class Terminal {
  readonly #cli: Cli;
  #onResize: (() => void) | undefined;

  constructor(cli: Cli) {
    this.#cli = cli;
  }

  /** Undefined where there is none to measure. */
  size(): TerminalSize | undefined {
    const { rows, columns } = this.#cli.stdout;
    return rows && columns ? { rows, columns } : undefined;
  }

  /** Until `restore`, keys go through as bytes, Ctrl-C included. Node restores the mode too when a signal ends us. */
  enter(resize: (size: TerminalSize) => void): void {
    this.#onResize = (): void => {
      const size = this.size();
      if (size !== undefined) resize(size);
    };
    if (this.#cli.stdin.isTTY) this.#cli.stdin.setRawMode?.(true);
    // Emitted by Node at each SIGWINCH.
    this.#cli.stdout.on('resize', this.#onResize);
  }

  restore(): void {
    if (this.#onResize === undefined) return;
    this.#cli.stdout.off('resize', this.#onResize);
    if (this.#cli.stdin.isTTY) this.#cli.stdin.setRawMode?.(false);
  }
}

/** Undefined when none was asked for, or when stdin is to be passed on and is none: the program then gets pipes. */
export function useTerminal(
  { stdin, tty }: { readonly stdin?: boolean; readonly tty?: boolean },
  cli: Cli,
): Terminal | undefined {
  if (!tty) return undefined;
  if (!stdin || cli.stdin.isTTY) return new Terminal(cli);
  cli.stderr.write('warning: stdin is not a terminal: the program gets none\n');
  return undefined;
}
