import { completePod, type LoadedPod, type LoadOptions, loadPod } from './load-pod.js';
import { entryOf, type ManifestNode, type Path } from './node.js';
import { type Problem, ProblemList } from './problem.js';
import { readYaml } from './read-yaml.js';
import { Report } from './report.js';
import { quote } from './text.js';

export interface LoadedManifests {
  /** In the order of the text. */
  readonly pods: readonly LoadedPod[];
  readonly warnings: readonly Problem[];
}

/**
 * Reads Pods from YAML or JSON: one or more documents, each a Pod or a List of Pods.
 *
 * This module loads `yaml`, which takes tens of milliseconds: import it when there is a text to read.
 *
 * @param text at most 1 MiB.
 * @throws PEAPOD_MANIFEST_INVALID with every problem of the text in `details.problems`, see `renderProblems`.
 */
export function loadManifests(text: string, options: LoadOptions = {}): LoadedManifests {
  const list = new ProblemList(options.source ?? 'manifest', options.validate ?? 'strict');
  const objects = readYaml(text, list).flatMap((node) => unfoldList(node, list));
  if (objects.length === 0 && list.errorCount === 0) {
    list.addError({ message: 'the manifest is empty', path: '', line: 1, column: 1 });
  }
  const pods = objects.flatMap(({ node, prefix }) => {
    const report = new Report(list, node, prefix);
    const loaded = loadPod(node, report, options);
    return loaded === undefined ? [] : [{ loaded, report }];
  });
  checkDistinct(pods);
  list.throwIfAny();
  return { pods: pods.map(({ loaded }) => completePod(loaded)), warnings: list.warnings };
}

interface PlacedObject {
  readonly node: ManifestNode;
  readonly prefix: Path;
}

/** The items of a List, or the object itself. */
function unfoldList(node: ManifestNode, list: ProblemList): PlacedObject[] {
  const kind = entryOf(node, 'kind')?.value;
  if (kind?.kind !== 'scalar' || kind.value !== 'List') return [{ node, prefix: [] }];
  const items = entryOf(node, 'items')?.value;
  if (items?.kind === 'list')
    return items.items.map((item, index) => ({ node: item, prefix: ['items', index] }));
  new Report(list, node).error(['items'], 'a List must have a list of items');
  return [];
}

function checkDistinct(pods: readonly { loaded: LoadedPod; report: Report }[]): void {
  const seen = new Set<string>();
  for (const { loaded, report } of pods) {
    const { name, namespace } = loaded.pod.metadata ?? {};
    const key = `${namespace}/${name}`;
    if (name !== undefined && seen.has(key))
      report.error(['metadata', 'name'], `${quote(name)} is here twice`);
    seen.add(key);
  }
}
