// Imports in src only go down; see check/layers.mjs for the table.
import { layerProblems } from './check/layers.mjs';
import { readSources } from './check/read-sources.mjs';

const problems = layerProblems(await readSources('src', /\.ts$/));
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
