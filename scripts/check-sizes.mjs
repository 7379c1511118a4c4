// Files and functions stay small; see check/sizes.mjs for the limits and the exceptions.
import ts from 'typescript';
import { nativeFunctions, scriptFunctions } from './check/functions.mjs';
import { readSources } from './check/read-sources.mjs';
import { sizeProblems } from './check/sizes.mjs';

const native = (await readSources('native', /\.(c|cc|h)$/)).filter(
  ({ path }) => !path.endsWith('/plan_ops.h'),
);
const scripts = [...(await readSources('src', /\.ts$/)), ...(await readSources('scripts', /\.mjs$/))];
const tests = await readSources('test', /\.ts$/);
const functions = [
  ...native.flatMap(nativeFunctions),
  // Tests are callbacks that tell a story; only their files have a limit.
  ...scripts.flatMap((file) => scriptFunctions(ts, file)),
];
const problems = sizeProblems([...native, ...scripts, ...tests], functions);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
