const fileLimits = [
  { pattern: /^native\/.*\.(c|cc|h)$/, lines: 350 },
  { pattern: /\.(ts|mjs)$/, lines: 250 },
];
const functionLimit = 60;

/**
 * Files and functions that are allowed to be longer for a while: `{ path, until, why }`, and `name` for a
 * function. After `until` (a date, YYYY-MM-DD) the limit holds again.
 * @type {{path: string, name?: string, until: string, why: string}[]}
 */
export const sizeExceptions = [];

/**
 * @param {{path: string, text: string}[]} files
 * @param {{name: string, path: string, lines: number}[]} functions
 * @param {{exceptions?: typeof sizeExceptions, today?: string}} [options]
 * @returns {string[]} one line for each file and function that is too long, and each exception nobody needs
 */
export function sizeProblems(files, functions, { exceptions = sizeExceptions, today = isoDate() } = {}) {
  const tooLong = [...files.flatMap(longFile), ...functions.flatMap(longFunction)];
  const living = exceptions.filter(({ until }) => until >= today);
  const excused = (found) => living.some((exception) => isFor(exception, found));
  const idle = exceptions.filter((exception) => !tooLong.some((found) => isFor(exception, found)));
  return [
    ...tooLong.filter((found) => !excused(found)).map(({ text }) => text),
    ...idle.map(
      ({ path, name }) => `${[path, name].filter(Boolean).join(' ')}: its size exception is not needed`,
    ),
  ];
}

function isFor(exception, found) {
  return exception.path === found.path && exception.name === found.name;
}

function longFile({ path, text }) {
  const limit = fileLimits.find(({ pattern }) => pattern.test(path))?.lines ?? Number.POSITIVE_INFINITY;
  const lines = text.trimEnd().split('\n').length;
  return lines > limit ? [{ path, text: `${path}: ${lines} lines, at most ${limit}` }] : [];
}

function longFunction({ name, path, lines }) {
  if (lines <= functionLimit) return [];
  return [{ path, name, text: `${path}: ${name} has ${lines} lines, at most ${functionLimit}` }];
}

function isoDate() {
  return new Date().toISOString().slice(0, 10);
}
