import { Argument, type Command } from 'commander';
import type { Context } from '../context.js';

/** Each asks `peapod __complete`, with the words typed so far, the last of them unfinished. */
const scripts: Record<string, string> = {
  bash: `_peapod() {
  local IFS=$'\\n'
  COMPREPLY=($(peapod __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _peapod peapod`,
  zsh: `#compdef peapod
_peapod() {
  local -a found
  found=("\${(@f)$(peapod __complete -- "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
  [[ -n "$found" ]] && compadd -a found || _files
}
compdef _peapod peapod`,
  fish: `function __peapod_complete
  set -l words (commandline -opc) (commandline -ct)
  peapod __complete -- $words[2..-1] 2>/dev/null
end
complete -c peapod -a '(__peapod_complete)'`,
};

export function define(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)))
    .addHelpText('after', '\nExample:\n  source <(peapod completion bash)')
    .action((shell: string) => context.print(scripts[shell] ?? ''));
}
