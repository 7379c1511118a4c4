import type { LoadedPod, LoadOptions } from './manifest/load-pod.js';
import { type Problem, renderProblems } from './manifest/problem.js';

export interface ReadManifest {
  readonly pods: readonly LoadedPod[];
  readonly warnings: readonly string[];
}

/**
 * Reads a manifest given as text or as an object. Rejects with PEAPOD_MANIFEST_INVALID. The reader of text is loaded
 * when the first text comes: YAML takes tens of milliseconds to load, and an object needs none.
 */
export async function readManifest(manifest: string | object, options: LoadOptions): Promise<ReadManifest> {
  const { source } = options;
  if (typeof manifest === 'string') {
    const { loadManifests } = await import('./manifest/load.js');
    const { pods, warnings } = loadManifests(manifest, options);
    return { pods, warnings: render(warnings, source ?? 'manifest') };
  }
  const { loadPodObject } = await import('./manifest/load-object.js');
  const { warnings, ...loaded } = loadPodObject(manifest, options);
  return { pods: [loaded], warnings: render(warnings, source ?? 'object') };
}

function render(problems: readonly Problem[], source: string): string[] {
  return problems.map((problem) => renderProblems([problem], source));
}
