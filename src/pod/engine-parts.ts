import type { Paths } from '../kernel/paths.js';
import type { Clock } from './clock.js';
import type { Wish } from './free-port.js';
import type { PodImages } from './images.js';
import type { PodNames } from './pod-names.js';
import type { PortClaims } from './port-claims.js';
import type { FindPod } from './resolve-network.js';
import type { PodRuntime } from './runtime.js';
import type { SharedPulls } from './shared-pulls.js';
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
  /** The names of pods, and the resolver that serves them. */
  readonly names: PodNames;
  /** Addresses of the host, the one it is known by first; at least one. */
  readonly hostIPs: () => readonly string[];
  /** A port of the host that no process has. */
  readonly freePort: (wish: Wish) => Promise<number>;
  /** Sysctls that a pod may set beyond the safe ones: names, or beginnings of them with a `*`. */
  readonly allowedUnsafeSysctls: readonly string[];
  /** Called with a sentence about what is wrong but stops nothing, for example a record that was put aside. */
  readonly warn: (message: string) => void;
}

/** The same as the pods of one engine have it. */
export interface PodParts extends EngineParts {
  readonly ports: PortClaims;
  readonly pulls: SharedPulls;
  /** Another pod, for one that shares its network. */
  readonly findPod: FindPod;
}
