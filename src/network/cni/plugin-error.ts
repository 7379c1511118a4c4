import { PeapodError } from '../../errors.js';
import type { ProgramOutcome } from '../../kernel/run-program.js';
import { isObject, parseJson } from './network-list.js';

/** Which run of which plugin. */
export interface PluginRun {
  readonly plugin: string;
  readonly network: string;
  readonly command: 'ADD' | 'CHECK' | 'DEL';
  readonly timeoutMs: number;
}

/** The specification's code of what may work when it is tried again later. */
const tryAgainCode = 11;

/** Longest piece of a plugin's own words in a message. */
const maxWords = 300;

/** The error of a run that failed: the plugin's own words, if it has left any. */
export function pluginError(run: PluginRun, outcome: ProgramOutcome): PeapodError {
  const { plugin, network, command } = run;
  const answer = parseJson(outcome.stdout);
  const { code, msg, details } = isObject(answer) ? answer : {};
  const why =
    !outcome.isTimedOut && typeof msg === 'string' ? sayAnswer(msg, details, code) : say(run, outcome);
  const message = `CNI plugin "${plugin}" failed (${command} in the network "${network}"): ${why}`;
  return new PeapodError('PEAPOD_CNI_FAILED', message, {
    hint: code === tryAgainCode ? 'It may work later' : undefined,
    details: {
      plugin,
      network,
      command,
      code,
      msg,
      details,
      exitCode: outcome.exitCode,
      signal: outcome.signal,
    },
  });
}

/** The error of a run that ended well and said nothing we understand. */
export function answerError(
  { plugin, network, command }: PluginRun,
  stdout: string,
  why: string,
): PeapodError {
  const message = `CNI plugin "${plugin}" failed (${command} in the network "${network}"): ${why}`;
  return new PeapodError('PEAPOD_CNI_FAILED', message, {
    details: { plugin, network, command, stdout: stdout.slice(0, maxWords) },
  });
}

function sayAnswer(msg: string, details: unknown, code: unknown): string {
  const more = typeof details === 'string' && details !== '' ? `; ${details}` : '';
  return `${clean(`${msg}${more}`)} (code ${typeof code === 'number' ? code : 'unknown'})`;
}

function say(
  { timeoutMs }: PluginRun,
  { isTimedOut, problem, signal, exitCode, stderr }: ProgramOutcome,
): string {
  if (isTimedOut) return `it did not end within ${timeoutMs / 1000} s`;
  if (problem !== undefined) return problem;
  const end = signal === undefined ? `it ended with ${exitCode}` : `it was ended by ${signal}`;
  const words = clean(stderr);
  return words === '' ? `${end} and said nothing` : `${end}: ${words}`;
}

/** One line that is safe to show. */
function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, maxWords);
}
