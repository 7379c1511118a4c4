/**
 * Which folders of src a folder may import; design: docs/architecture.md, "Layers". Imports only go down, and
 * siblings (rootfs, network, image; sandbox, container) do not import each other.
 */
const layers = {
  native: [],
  kernel: ['native'],
  rootfs: ['kernel'],
  network: ['kernel'],
  image: ['kernel'],
  sandbox: ['network', 'rootfs', 'kernel'],
  container: ['rootfs', 'image', 'kernel'],
  pod: ['sandbox', 'container', 'network', 'image', 'kernel'],
  daemon: ['pod', 'sandbox', 'container', 'image', 'kernel'],
  lab: ['daemon', 'pod', 'sandbox', 'container', 'image', 'kernel'],
  cli: ['lab', 'daemon', 'pod', 'sandbox', 'container', 'image', 'kernel'],
  index: ['daemon', 'pod', 'sandbox', 'container', 'image', 'kernel'],
};

/** Files directly in src that anyone may import; they import only each other. */
const leaves = ['errors', 'error-codes', 'log', 'units'];

const addonFile = 'src/native/binding.ts';
const vagueNames = /^(utils?|helpers?|common|misc|shared|types|index)$/;
const namesThatSayEnough = ['src/index.ts', 'src/kernel/plan/types.ts'];

/**
 * What breaks the layers: an import that goes up or sideways, an addon loaded elsewhere, a name that says nothing.
 * @param {{path: string, text: string}[]} files TypeScript files of src
 * @returns {string[]} one line for each problem
 */
export function layerProblems(files) {
  return files.flatMap((file) => [
    ...nameProblems(file.path),
    ...addonProblems(file),
    ...importProblems(file),
  ]);
}

function nameProblems(path) {
  if (namesThatSayEnough.includes(path)) return [];
  const vague = path
    .replace(/\.ts$/, '')
    .split('/')
    .slice(1)
    .find((name) => vagueNames.test(name));
  return vague === undefined ? [] : [`${path}: "${vague}" does not say what it holds`];
}

function addonProblems({ path, text }) {
  const isLoader = /['"]node-gyp-build['"]|\.node['"]/.test(text);
  return isLoader && path !== addonFile ? [`${path}: only ${addonFile} loads the addon`] : [];
}

function importProblems({ path, text }) {
  const from = layerOf(path);
  if (from === undefined) return [`${path}: its folder has no row in scripts/check/layers.mjs`];
  return importsOf(path, text)
    .filter(({ target, isType }) => !isAllowed(from, layerOf(target), isType))
    .map(({ target }) => `${path}: must not import ${target}`);
}

/** The row of the table a file belongs to, or `leaf`. */
function layerOf(path) {
  const [, first, ...rest] = path.replace(/\.[jt]s$/, '').split('/');
  if (rest.length === 0 && leaves.includes(first)) return 'leaf';
  return first in layers ? first : undefined;
}

function isAllowed(from, to, isType) {
  if (to === from || to === 'leaf') return true;
  if (from === 'leaf' || to === undefined) return false;
  // A type costs nothing at run time: it may come from any layer further down, not only from the next ones.
  return isType ? below(from).has(to) : layers[from].includes(to);
}

function below(layer) {
  return new Set(layers[layer].flatMap((next) => [next, ...below(next)]));
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(?:(type)\s)?[^'";]*?from\s*['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]|(?:^|\n)import\s*['"](\.[^'"]+)['"]/g;

function importsOf(path, text) {
  return [...text.matchAll(importPattern)].map(([, type, from, dynamic, bare]) => ({
    target: resolvePath(path, from ?? dynamic ?? bare),
    isType: type === 'type',
  }));
}

function resolvePath(path, specifier) {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}
