import type { Option } from 'commander';

/**
 * Puts `--` before the command of `exec NAME [options] COMMAND…`, so that the command's own flags are not taken for
 * ours: options count up to its first word, wherever the pod's name stands.
 */
export function separateCommand(args: readonly string[], options: readonly Option[]): string[] {
  let operands = 0;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--') break;
    if (arg.startsWith('-') && arg !== '-') {
      if (takesNext(arg, options)) at++;
    } else if (++operands === 2) {
      return [...args.slice(0, at), '--', ...args.slice(at)];
    }
  }
  return [...args];
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
