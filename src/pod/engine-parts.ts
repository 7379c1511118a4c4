import type { Paths } from '../kernel/paths.js';
import type { Clock } from './clock.js';
import type { PodImages } from './images.js';
import type { PodRuntime } from './runtime.js';
import type { PodStore } from './store.js';

/** What the engine stands on. All of it can be replaced, which is how it is tested without a kernel. */
export interface EngineParts {
  readonly paths: Paths;
  readonly store: PodStore;
  readonly runtime: PodRuntime;
  readonly images: PodImages;
  readonly clock: Clock;
  /** Of the running kernel: facts recorded under another are no longer true. */
  readonly bootId: string;
  /** Called with a sentence about what is wrong but stops nothing, for example a record that was put aside. */
  readonly warn: (message: string) => void;
}
