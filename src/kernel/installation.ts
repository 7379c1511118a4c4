import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binding, packageRoot } from '../native/binding.js';

/** The version in peapod's package.json. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version;
}

/** Throws when the addon is not built, or built for another Node. */
export function checkAddon(): void {
  binding();
}
