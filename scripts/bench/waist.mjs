import { join } from 'node:path';
import { projectRoot } from '../run.mjs';

/** What the benchmark calls: the runtime's waist, below the pod engine, which the package does not export. */
const parts = {
  buildPaths: 'kernel/paths.ts',
  openHost: 'kernel/host.ts',
  createSandbox: 'sandbox/create.ts',
  decideNetwork: 'network/settings.ts',
  loopbackSteps: 'network/namespace-steps.ts',
  PodNetwork: 'network/pod-network.ts',
  startContainer: 'container/start.ts',
  Monitors: 'container/monitors.ts',
  execInContainer: 'container/exec.ts',
  buildSandboxPlan: 'sandbox/build-plan.ts',
  buildStartPlan: 'container/build-start-plan.ts',
  makeDeviceSteps: 'rootfs/devices.ts',
  encodePlan: 'kernel/plan/encode.ts',
  executablePath: 'kernel/memfd.ts',
};

/** Bundles the waist as the package's own build does, and loads it. It must lie inside the project, like the addon. */
export async function loadWaist() {
  const { build } = await import('esbuild');
  const lines = Object.entries(parts).map(([name, path]) => `export { ${name} } from './src/${path}';`);
  const outfile = join(projectRoot, 'build/bench/waist.mjs');
  await build({
    absWorkingDir: projectRoot,
    stdin: { contents: lines.join('\n'), resolveDir: projectRoot, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    external: ['node-gyp-build'],
  });
  return await import(outfile);
}
