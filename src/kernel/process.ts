import { readFileSync } from 'node:fs';
import { hasCode } from '../errors.js';
import { readBootId } from './boot.js';

/** The fields of /proc/PID/stat that peapod reads; see proc_pid_stat(5). */
export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, of any kind. */
  readonly comm: string;
  /** One letter: R, S, D, Z, T, t, X or I. */
  readonly state: string;
  readonly parent: number;
  /** Clock ticks since the machine booted. */
  readonly startTime: number;
}

/** A process, whatever happens to its pid: no later one has the same three. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  readonly bootId: string;
}

/** Reads the content of a stat file. The name may hold spaces and parentheses: only the last one ends it. */
export function parseProcessStat(text: string): ProcessStat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    startTime: Number(fields[19]),
  };
}

/** Undefined if there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  const text = readProcessFile(pid, 'stat');
  return text === undefined ? undefined : parseProcessStat(text);
}

/** Names a process that runs now, or is a zombie; undefined if there is none. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readProcessStat(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime, bootId: readBootId() };
}

function readProcessFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    // ESRCH: it ended between open and read.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}
