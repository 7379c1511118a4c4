import { accessSync, constants } from 'node:fs';
import { PeapodError } from '../errors.js';
import { readBootId } from '../kernel/boot.js';
import { type FileLock, lockDirectory, lockFile } from '../kernel/lock.js';
import { buildPaths, type Paths } from '../kernel/paths.js';
import { makePrivateDirectory } from '../kernel/private-directory.js';
import { openResolver } from '../network/dns/resolver.js';
import type { NetworkOptions } from '../network/settings.js';
import { systemClock } from './clock.js';
import type { Engine } from './engine-api.js';
import { findFreePort } from './free-port.js';
import { makeHostAddresses } from './host-addresses.js';
import { openKernelRuntime } from './kernel-runtime.js';
import { openPodImages, type RegistryFiles } from './open-images.js';
import { PodEngine } from './pod-engine.js';
import { PodNames } from './pod-names.js';
import { PodStore } from './store.js';
import { checkAllowedSysctls } from './sysctls.js';

export interface EngineOptions extends RegistryFiles {
  /** Directory of all state; absent is /var/lib/peapod and /run/peapod. */
  readonly root?: string;
  /** The pods' network, where it is to be another than before; kept for the next engine of the root. */
  readonly network?: NetworkOptions;
  /** Whether pods find each other by name where the network's settings do not say; false when absent. */
  readonly dnsByDefault?: boolean;
  /** Sysctls that pods may set beyond kubelet's safe ones: names, or beginnings of them with a `*` (`net.*`). */
  readonly allowedUnsafeSysctls?: readonly string[];
  /** Told what is wrong but stops nothing; absent, it is a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens the pod engine of a root in this process and takes over the pods that run there. Needs root's privileges.
 * Rejects with PEAPOD_ROOT_HELD when another engine, a daemon for example, holds the root.
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const paths = buildPaths(options.root);
  const { allowedUnsafeSysctls = [] } = options;
  checkAllowedSysctls(allowedUnsafeSysctls);
  for (const directory of [paths.state, paths.run]) {
    makePrivateDirectory(directory);
    accessSync(directory, constants.W_OK);
  }
  const warn = options.onWarning ?? ((message: string) => process.emitWarning(message, 'PeapodWarning'));
  const lock = holdRoot(paths);
  const names = new PodNames({ openResolver, warn });
  try {
    const engine = await PodEngine.open({
      paths,
      store: new PodStore(paths),
      runtime: await openKernelRuntime({
        paths,
        network: options.network ?? {},
        warn,
        onUp: (addresses, dns = options.dnsByDefault ?? false) =>
          dns ? names.bridgeUp(addresses) : Promise.resolve(),
        onDown: () => names.bridgeDown(),
      }),
      images: await openPodImages(paths.state, options),
      clock: systemClock,
      bootId: readBootId(),
      hostIPs: makeHostAddresses(systemClock.now),
      freePort: findFreePort,
      allowedUnsafeSysctls,
      names,
      warn,
    });
    return releasingOnClose(engine, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Two locks: a run directory that is removed, and made anew, does not end the engine that has the state. */
function holdRoot(paths: Paths): FileLock {
  const lock = lockFile(paths.lock);
  const stateLock = lock && lockDirectory(paths.state);
  if (lock !== undefined && stateLock !== undefined) return releaseBoth(lock, stateLock);
  lock?.release();
  throw new PeapodError('PEAPOD_ROOT_HELD', `Another engine holds ${paths.lock}`, {
    hint: 'Use the peapod command to talk to it, stop it, or open another root',
    details: { lock: paths.lock },
  });
}

function releaseBoth(first: FileLock, second: FileLock): FileLock {
  return {
    release() {
      first.release();
      second.release();
    },
  };
}

function releasingOnClose(engine: PodEngine, lock: FileLock): Engine {
  const close = engine.close.bind(engine);
  let closed: Promise<void> | undefined;
  return Object.assign(engine, {
    close() {
      closed ??= close().finally(() => lock.release());
      return closed;
    },
  });
}
