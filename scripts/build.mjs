// npm run build [-- --types]: builds what is missing or stale, installing node_modules first when needed.
import { build } from './build/all.mjs';
import { ensureModules } from './setup/modules.mjs';

try {
  await ensureModules();
  await build({ types: process.argv.includes('--types') });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
