import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../../src/native/binding.js';

t.test('the C header and the tables of the docs are those that their sources generate', (t) => {
  const script = join(packageRoot(), 'scripts/generate.mjs');
  const command = ['-u', 'NODE_OPTIONS', process.execPath, script, '--check'];
  t.doesNotThrow(() => execFileSync('/usr/bin/env', command, { cwd: packageRoot(), stdio: 'pipe' }));
  t.end();
});
