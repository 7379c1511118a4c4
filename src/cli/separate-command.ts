import type { Option } from 'commander';

export interface CommandGrammar {
  /** Ours, which may stand before the command. */
  readonly options: readonly Option[];
  /** True for `exec NAME [options] COMMAND…`; in `run [options] IMAGE COMMAND…` all that follows is the command's. */
  readonly isMixed: boolean;
}

/**
 * Puts `--` before the command that is to be run, so that its own flags are not taken for ours: options count up to its
 * first word, wherever the pod's name stands.
 */
export function separateCommand(args: readonly string[], { options, isMixed }: CommandGrammar): string[] {
  let operands = 0;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--') break;
    if (arg.startsWith('-') && arg !== '-') {
      if (takesNext(arg, options)) at++;
      continue;
    }
    operands++;
    if (operands === 2) return insert(args, at);
    if (!isMixed && args[at + 1] !== '--') return insert(args, at + 1);
  }
  return [...args];
}

function insert(args: readonly string[], at: number): string[] {
  return [...args.slice(0, at), '--', ...args.slice(at)];
}

/** Whether the value of this option, or of the last of a cluster such as `-itc`, is the next word. */
function takesNext(arg: string, options: readonly Option[]): boolean {
  if (arg.startsWith('--')) return options.some((option) => option.long === arg && option.required);
  const letters = [...arg.slice(1)];
  const first = letters.findIndex((letter) =>
    options.some((option) => option.short === `-${letter}` && option.required),
  );
  return first === letters.length - 1;
}
