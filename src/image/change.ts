import { posix } from 'node:path';
import { PeapodError } from '../errors.js';
import { parseSignal } from '../kernel/signals.js';
import { expandWord, splitWords } from './change-words.js';
import type { ImageConfig } from './config.js';
import { isExposedPort, volumePath } from './config-values.js';

type Change = (config: ImageConfig, rest: string) => ImageConfig;

const changes: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, cmd: parseCommand('CMD', rest) }),
  ENTRYPOINT: (config, rest) => ({ ...config, entrypoint: parseCommand('ENTRYPOINT', rest) }),
  ENV: (config, rest) => ({ ...config, env: parseEnv(config.env, rest) }),
  EXPOSE: (config, rest) => ({
    ...config,
    exposedPorts: addTo(config.exposedPorts, parsePorts(config, rest)),
  }),
  LABEL: (config, rest) => ({ ...config, labels: { ...config.labels, ...parseLabels(config, rest) } }),
  USER: (config, rest) => ({ ...config, user: expandWord(rest, config.env) }),
  VOLUME: (config, rest) => ({ ...config, volumes: addTo(config.volumes, parseVolumes(config, rest)) }),
  WORKDIR: changeWorkingDir,
  STOPSIGNAL: changeStopSignal,
};

/** Instructions Docker knows and we refuse: what they ask for would otherwise be dropped in silence. */
const unsupported = ['HEALTHCHECK', 'ONBUILD'];

/**
 * Applies one of docker's `--change` lines, for example `CMD ["nginx", "-g", "daemon off;"]`, to a configuration.
 * Throws PEAPOD_USAGE for a malformed line and PEAPOD_UNSUPPORTED for an instruction we do not keep.
 */
export function applyChange(config: ImageConfig, line: string): ImageConfig {
  const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/s.exec(line) ?? [];
  const instruction = keyword.toUpperCase();
  const change = Object.hasOwn(changes, instruction) ? changes[instruction] : undefined;
  if (change === undefined) throw unknownInstruction(instruction);
  if (/[\n\r\0]/.test(line)) throw wrong(instruction, 'it must be one line');
  if (rest === '') throw wrong(instruction, 'it needs a value');
  return change(config, rest);
}

/** The exec form is a JSON array of strings; everything else is a line for the shell, as in a Dockerfile. */
function parseCommand(instruction: string, rest: string): readonly string[] {
  const parsed = rest.startsWith('[') ? parseJson(rest) : undefined;
  if (!Array.isArray(parsed)) return ['/bin/sh', '-c', rest];
  if (!parsed.every((word) => typeof word === 'string')) {
    throw wrong(instruction, 'a JSON array there holds only strings');
  }
  return parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Docker too hands what is not JSON to the shell.
  }
}

function parseEnv(env: readonly string[], rest: string): readonly string[] {
  // Docker expands all words of a line with what was set before that line.
  return parsePairs('ENV', rest, env).reduce<readonly string[]>(
    (all, [name, value]) => setVariable(all, name, value),
    env,
  );
}

function parseLabels({ env }: ImageConfig, rest: string): Record<string, string> {
  return Object.fromEntries(parsePairs('LABEL', rest, env));
}

/** `A=1 B="two words"`, or the old form `A all the rest`, with the variables of `env` in place of their names. */
function parsePairs(instruction: string, rest: string, env: readonly string[]): [string, string][] {
  const words = splitWords(rest);
  const isOldForm = !words[0]?.includes('=');
  const pairs = isOldForm ? [oldPair(instruction, rest)] : words.map((word) => pairOf(instruction, word));
  return pairs.map(([name, value]) => [nonEmpty(instruction, expandWord(name, env)), expandWord(value, env)]);
}

function oldPair(instruction: string, rest: string): [string, string] {
  const [, name = '', value] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
  if (value === undefined) throw wrong(instruction, 'it needs a name and a value');
  return [name, value];
}

function pairOf(instruction: string, word: string): [string, string] {
  const equals = word.indexOf('=');
  if (equals < 0) throw wrong(instruction, `"${word}" has no "="`);
  return [word.slice(0, equals), word.slice(equals + 1)];
}

function nonEmpty(instruction: string, name: string): string {
  if (name === '') throw wrong(instruction, 'a name cannot be empty');
  return name;
}

function setVariable(env: readonly string[], name: string, value: string): readonly string[] {
  const entry = `${name}=${value}`;
  const index = env.findIndex((other) => other.startsWith(`${name}=`));
  return index < 0 ? [...env, entry] : env.with(index, entry);
}

function parsePorts({ env }: ImageConfig, rest: string): string[] {
  return splitWords(rest).map((word) => {
    const port = expandWord(word, env);
    if (!isExposedPort(port)) throw wrong('EXPOSE', `"${port}" is no port`);
    return port.includes('/') ? port : `${port}/tcp`;
  });
}

/** `VOLUME ["/data"]` or `VOLUME /data /log`. */
function parseVolumes({ env }: ImageConfig, rest: string): string[] {
  const parsed = rest.startsWith('[') ? parseJson(rest) : undefined;
  const words = Array.isArray(parsed) ? parsed.map(String) : splitWords(rest);
  return words.map((word) => {
    const path = volumePath(expandWord(word, env));
    if (path === undefined) throw wrong('VOLUME', `"${word}" is no absolute path below the root`);
    return path;
  });
}

function addTo(all: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...all, ...more])];
}

function changeWorkingDir(config: ImageConfig, rest: string): ImageConfig {
  const directory = expandWord(rest, config.env);
  if (directory === '') throw wrong('WORKDIR', 'it needs a value');
  const workingDir = directory.startsWith('/') ? directory : posix.join('/', config.workingDir, directory);
  return { ...config, workingDir };
}

function changeStopSignal(config: ImageConfig, rest: string): ImageConfig {
  const stopSignal = expandWord(rest, config.env);
  if (!parseSignal(stopSignal)) throw wrong('STOPSIGNAL', `"${stopSignal}" is no signal`);
  return { ...config, stopSignal };
}

function unknownInstruction(instruction: string): PeapodError {
  const known = Object.keys(changes).join(', ');
  if (unsupported.includes(instruction)) {
    return new PeapodError(
      'PEAPOD_UNSUPPORTED',
      `Cannot apply change ${instruction}: peapod does not keep it`,
      {
        hint: `Known changes: ${known}.`,
      },
    );
  }
  return new PeapodError('PEAPOD_USAGE', `Cannot apply change "${instruction}": it is not an instruction`, {
    hint: `Known changes: ${known}.`,
  });
}

function wrong(instruction: string, why: string): PeapodError {
  return new PeapodError('PEAPOD_USAGE', `Cannot apply change ${instruction}: ${why}`);
}
