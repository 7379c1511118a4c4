import { bundle } from './bundle.mjs';
import { withBuildLock } from './lock.mjs';
import { buildNative } from './native.mjs';
import { emitTypes } from './types.mjs';

/**
 * Builds what is missing or stale; needs node_modules.
 * @param {{types?: boolean}} [options] types: also write the declarations, which takes seconds
 */
export async function build({ types = false } = {}) {
  await withBuildLock(async () => {
    await Promise.all([buildNative(), bundle()]);
    if (types) await emitTypes();
  });
}
