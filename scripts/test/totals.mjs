/** @typedef {{passed: number, failed: number, skipped: number}} Totals */

/**
 * @param {Totals[]} list
 * @returns {Totals}
 */
export function sumTotals(list) {
  const add = (key) => list.reduce((sum, totals) => sum + totals[key], 0);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped') };
}

/** Prints the totals as the last line and sets the exit status: nothing passed is a failure, too. */
export function finish({ passed, failed, skipped }) {
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}
