// Part of npm run format: formats the C and C++ sources. With --check it only says which are not formatted.
import { nativeSources } from './native-sources.mjs';
import { run } from './run.mjs';

const mode = process.argv.includes('--check') ? ['--dry-run', '-Werror'] : ['-i'];
const { status } = await run('clang-format', [...mode, ...(await nativeSources())]);
if (status === 127) console.error('clang-format is missing: apt-get install clang-format');
process.exitCode = status;
