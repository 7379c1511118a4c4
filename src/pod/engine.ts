import { mkdir } from 'node:fs/promises';
import { PeapodError } from '../errors.js';
import { importImage } from '../image/import.js';
import { listImages } from '../image/list.js';
import { lookupUser } from '../image/lookup-user.js';
import { resolveImage } from '../image/resolve.js';
import { openImageStore } from '../image/store.js';
import { readBootId } from '../kernel/boot.js';
import { type FileLock, lockFile } from '../kernel/lock.js';
import { buildPaths, type Paths } from '../kernel/paths.js';
import { systemClock } from './clock.js';
import type { Engine, ImageSummary } from './engine-api.js';
import type { PodImages } from './images.js';
import { openKernelRuntime } from './kernel-runtime.js';
import { PodEngine } from './pod-engine.js';
import { PodStore } from './store.js';

export interface EngineOptions {
  /** Directory of all state; absent is /var/lib/peapod and /run/peapod. */
  readonly root?: string;
  /** Told what is wrong but stops nothing; absent, it is a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens the pod engine of a root in this process and takes over the pods that run there. Needs root's privileges.
 * Rejects with PEAPOD_ROOT_HELD when another engine, a daemon for example, holds the root.
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const paths = buildPaths(options.root);
  for (const directory of [paths.state, paths.run]) await mkdir(directory, { recursive: true, mode: 0o700 });
  const lock = holdRoot(paths);
  try {
    const engine = await PodEngine.open({
      paths,
      store: new PodStore(paths),
      runtime: await openKernelRuntime(paths),
      images: await openPodImages(paths),
      clock: systemClock,
      bootId: readBootId(),
      warn: options.onWarning ?? ((message) => process.emitWarning(message, 'PeapodWarning')),
    });
    return releasingOnClose(engine, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function holdRoot(paths: Paths): FileLock {
  const lock = lockFile(paths.lock);
  if (lock !== undefined) return lock;
  throw new PeapodError('PEAPOD_ROOT_HELD', `Another engine holds ${paths.lock}`, {
    hint: 'Use the peapod command to talk to it, stop it, or open another root',
    details: { lock: paths.lock },
  });
}

function releasingOnClose(engine: PodEngine, lock: FileLock): Engine {
  const close = engine.close.bind(engine);
  return Object.assign(engine, { close: () => close().finally(() => lock.release()) });
}

async function openPodImages(paths: Paths): Promise<PodImages> {
  const store = await openImageStore(paths.state);
  return {
    resolve: (reference) => resolveImage(store, reference),
    lookupUser: ({ rootfs }, user) => lookupUser(store.stateDirectory, rootfs, user),
    list: async () => (await listImages(store)).map(({ isBuiltIn: _, ...summary }) => summary),
    import: async (options) => summarize(await importImage(store, options)),
  };
}

function summarize(record: Awaited<ReturnType<typeof importImage>>): ImageSummary {
  const { reference, id, createdAt, layers } = record;
  return { reference, id, createdAt, sizeBytes: layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}
