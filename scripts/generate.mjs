// npm run generate: writes the files made from tables in src. With --check it only says which are stale (exit 1).
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorTable } from './generate/error-table.mjs';
import { fieldTable } from './generate/field-table.mjs';
import { loadTypescript } from './generate/load-typescript.mjs';
import { planHeader } from './generate/plan-header.mjs';
import { stepTable } from './generate/step-table.mjs';

const root = dirname(import.meta.dirname);
const stale = [];
for (const [path, text] of Object.entries(await generatedFiles())) {
  if ((await readText(join(root, path))) !== text) stale.push([path, text]);
}
if (process.argv.includes('--check')) report();
else await write();

async function generatedFiles() {
  const schemaPath = join(root, 'src/kernel/plan/schema.ts');
  const { stepSchema } = await loadTypescript(schemaPath);
  const { errorCodes } = await loadTypescript(join(root, 'src/error-codes.ts'));
  const { podFields } = await loadTypescript(join(root, 'src/pod/manifest/fields/pod.ts'));
  return {
    'native/core/plan_ops.h': planHeader(stepSchema),
    'docs/plan-steps.md': stepTable(stepSchema, await readFile(schemaPath, 'utf8')),
    'docs/errors.md': errorTable(errorCodes),
    'docs/pod-fields.md': fieldTable(podFields),
  };
}

async function readText(path) {
  return readFile(path, 'utf8').catch(() => '');
}

function report() {
  for (const [path] of stale) console.log(`${path} is stale: run npm run generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

async function write() {
  for (const [path, text] of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(`${path} written`);
  }
}
