import { PeapodError } from '../errors.js';

/**
 * Splits a line at spaces that are neither quoted nor escaped. Quotes and backslashes stay, for {@link expandWord}.
 */
export function splitWords(line: string): string[] {
  return line.match(/(?:\\.|'[^']*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$)|[^\s\\'"]|\\$)+/gs) ?? [];
}

/**
 * A Dockerfile word as its reader means it: quotes and backslashes removed; `$NAME`, `${NAME}`, `${NAME:-word}` and
 * `${NAME:+word}` replaced from `env` (`NAME=value` entries), nothing for an unset one; not within single quotes.
 */
export function expandWord(word: string, env: readonly string[]): string {
  const pattern =
    /'(?<single>[^']*)(?:'|$)|"(?<double>(?:\\.|[^"\\])*)(?:"|$)|\\(?<escaped>.?)|(?<variable>\$(?:\{[^}]*\}?|\w+))/gs;
  return word.replace(pattern, (...match) => {
    const { single, double, escaped, variable } = match.at(-1) as Record<string, string | undefined>;
    if (single !== undefined) return single;
    if (double !== undefined) return expandQuoted(double, env);
    return variable === undefined ? (escaped ?? '') : resolveVariable(variable, env);
  });
}

/** Within double quotes a backslash escapes only a quote, a dollar and itself. */
function expandQuoted(text: string, env: readonly string[]): string {
  return text.replace(/\\(?<escaped>["$\\])|(?<variable>\$(?:\{[^}]*\}?|\w+))/g, (...match) => {
    const { escaped, variable } = match.at(-1) as Record<string, string | undefined>;
    return variable === undefined ? (escaped ?? '') : resolveVariable(variable, env);
  });
}

function resolveVariable(variable: string, env: readonly string[]): string {
  const parts = /^\$(?:(?<plain>\w+)|\{(?<name>\w+)(?::(?<operator>[-+])(?<word>.*))?\})$/s.exec(
    variable,
  )?.groups;
  if (parts === undefined) {
    throw new PeapodError('PEAPOD_USAGE', `Cannot apply a change: "${variable}" is no variable`);
  }
  const value = lookUp(env, parts.plain ?? parts.name ?? '');
  if (parts.operator === '-') return value || expandWord(parts.word ?? '', env);
  if (parts.operator === '+') return value ? expandWord(parts.word ?? '', env) : '';
  return value;
}

function lookUp(env: readonly string[], name: string): string {
  return env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}
