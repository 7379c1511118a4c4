/**
 * Counts the top-level lines of a TAP stream. A program that printed no plan, not all it planned, or that
 * failed without a `not ok` counts as one failure more.
 * @param {string} output
 * @param {number} status the program's exit status
 * @returns {import('./totals.mjs').Totals}
 */
export function parseTap(output, status) {
  const lines = output.split('\n');
  const points = lines.filter((line) => /^(not )?ok\b/.test(line));
  const skipped = points.filter((line) => /# *skip/i.test(line)).length;
  const failed = points.filter((line) => line.startsWith('not ok')).length;
  const passed = points.length - skipped - failed;
  const isBroken = (status !== 0 && failed === 0) || plannedCount(lines) !== points.length;
  return { passed, failed: failed + (isBroken ? 1 : 0), skipped };
}

function plannedCount(lines) {
  const plan = lines.map((line) => line.match(/^1\.\.(\d+)/)).find((match) => match !== null);
  return plan ? Number(plan[1]) : undefined;
}

/**
 * Reads tap's closing comment, `# { total: 29, pass: 25, fail: 2, todo: 1, skip: 1 }`.
 * @param {string} output
 * @returns {import('./totals.mjs').Totals | undefined} undefined when tap did not come to its end
 */
export function parseTapSummary(output) {
  const line = output.match(/^# \{ total: .*\}$/gm)?.at(-1);
  if (line === undefined) return undefined;
  const count = (key) => Number(line.match(new RegExp(`\\b${key}: (\\d+)`))?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') };
}

/**
 * The failed test points of a TAP stream, each with its diagnostics.
 * @param {string} output
 */
export function failures(output) {
  const kept = [];
  let end;
  for (const line of output.split('\n')) {
    const indent = line.match(/^ *(?=not ok\b)/)?.[0];
    // Diagnostics are a YAML block, two spaces deeper, between --- and ...
    if (indent !== undefined) end = `${indent}  ...`;
    else if (/^ *(ok\b|1\.\.\d)/.test(line)) end = undefined;
    if (end !== undefined) kept.push(line);
    if (line === end) end = undefined;
  }
  return kept.map((line) => `${line}\n`).join('');
}
