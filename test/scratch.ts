import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The part of a tap test that runs what is to be done at its end. */
interface Teardown {
  teardown(work: () => unknown): unknown;
}

/** An empty directory (0700) that is removed with all it holds when the test ends; good for a `--root`, too. */
export function scratchDirectory(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'peapod-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What the machine must be or have; any other word is a program to be found on PATH. */
const needs: Readonly<Record<string, () => boolean>> = {
  root: () => process.getuid?.() === 0,
  cgroup2: () => / - cgroup2 /.test(read('/proc/self/mountinfo')),
  overlay: () => /\boverlay$/m.test(read('/proc/filesystems')),
};

/**
 * The reason to skip a test, or false when all needs are met: `t.test('…', { skip: requires('root') }, …)`.
 * With PEAPOD_STRICT set, as on a machine that must run everything, an unmet need is an error instead.
 */
export function requires(...names: readonly string[]): string | false {
  const unmet = names.filter((name) => !(needs[name]?.() ?? isProgram(name)));
  if (unmet.length === 0) return false;
  const reason = `needs ${unmet.join(', ')}`;
  if (process.env.PEAPOD_STRICT) throw new Error(`PEAPOD_STRICT is set and a test ${reason}`);
  return reason;
}

function isProgram(name: string): boolean {
  const others = ['/usr/sbin', '/sbin', '/usr/lib/cni'];
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...others];
  return directories.some((directory) => canExecute(join(directory, name)));
}

function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
