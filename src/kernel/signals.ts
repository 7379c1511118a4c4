/** Signals 1 to 31 of x86-64, in order. */
const names = [
  ...[
    'SIGHUP',
    'SIGINT',
    'SIGQUIT',
    'SIGILL',
    'SIGTRAP',
    'SIGABRT',
    'SIGBUS',
    'SIGFPE',
    'SIGKILL',
    'SIGUSR1',
  ],
  ...['SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP'],
  ...['SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH'],
  ...['SIGIO', 'SIGPWR', 'SIGSYS'],
] as const;

const aliases: Readonly<Record<string, string>> = { SIGIOT: 'SIGABRT', SIGCLD: 'SIGCHLD', SIGPOLL: 'SIGIO' };

/** The real-time signals programs may use: libc keeps 32 and 33 for itself. */
const firstRealTime = 34;
const last = 64;

/**
 * Reads a signal as people write it: `SIGTERM`, `TERM`, `term`, `15`, `SIGRTMIN+3`, `RTMAX-1`.
 * Undefined if there is no such signal; 0 is none.
 */
export function parseSignal(text: string): number | undefined {
  if (/^\d+$/.test(text)) return inRange(Number(text), 1);
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const index = (names as readonly string[]).indexOf(aliases[name] ?? name);
  return index === -1 ? parseRealTime(name) : index + 1;
}

function parseRealTime(name: string): number | undefined {
  const match = /^SIGRT(MIN|MAX)([+-]\d+)?$/.exec(name);
  if (!match) return undefined;
  const base = match[1] === 'MIN' ? firstRealTime : last;
  return inRange(base + Number(match[2] ?? 0), firstRealTime);
}

function inRange(signal: number, first: number): number | undefined {
  return signal >= first && signal <= last ? signal : undefined;
}
