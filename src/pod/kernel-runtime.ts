import { adoptContainer } from '../container/adopt.js';
import { attachToContainer } from '../container/attach.js';
import type { Container } from '../container/container.js';
import { execInContainer } from '../container/exec.js';
import { inspectContainer } from '../container/inspect.js';
import { Monitors } from '../container/monitors.js';
import { startContainer } from '../container/start.js';
import { PeapodError } from '../errors.js';
import { type Host, openHost } from '../kernel/host.js';
import type { Paths } from '../kernel/paths.js';
import { adoptSandbox } from '../sandbox/adopt.js';
import { inspectSandbox } from '../sandbox/inspect.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { inspectNetwork } from './inspect-network.js';
import { removeLeftovers } from './leftovers.js';
import type { ContainerHandle, PodRuntime, SandboxHandle } from './runtime.js';
import { addressesOf, RuntimeNetwork, type RuntimeNetworkOptions } from './runtime-network.js';

/** What this engine holds of the kernel's, to be let go of when it closes. */
interface Holdings {
  readonly host: Host;
  readonly network: RuntimeNetwork;
  readonly monitors: Monitors;
  readonly sandboxes: Map<SandboxHandle, Sandbox>;
  readonly containers: Set<Container>;
}

function holdSandbox({ host, network, monitors, sandboxes }: Holdings, sandbox: Sandbox): SandboxHandle {
  const handle: SandboxHandle = {
    record: sandbox.record,
    ips: addressesOf(sandbox),
    get ports() {
      return sandbox.record.attachment?.ports ?? [];
    },
    ended: sandbox.ended,
    setPorts: (ports) => network.setPorts(sandbox, ports),
    inspect: async () => ({
      ...inspectSandbox(host, sandbox),
      network: await inspectNetwork(sandbox, network.bridge),
    }),
    remove: async () => {
      if (sandboxes.has(handle)) {
        await network.removeSandbox(sandbox);
        sandboxes.delete(handle);
        if (sandboxes.size === 0) await monitors.discard();
      }
    },
  };
  sandboxes.set(handle, sandbox);
  return handle;
}

function holdContainer({ containers }: Holdings, container: Container): ContainerHandle {
  containers.add(container);
  return {
    startedAt: container.startedAt,
    attached: container.attached,
    exit: container.exit,
    kill: async (signal) => container.kill(signal),
    stop: (graceMs) => container.stop(graceMs),
    exec: (process, io) => execInContainer(container, process, io),
    attach: (io) => attachToContainer(container, io),
    inspect: async () => inspectContainer(container),
    remove: async () => {
      await container.remove();
      containers.delete(container);
    },
  };
}

function placeOf({ sandboxes }: Holdings, handle: SandboxHandle) {
  const sandbox = sandboxes.get(handle);
  if (sandbox === undefined) {
    throw new PeapodError('PEAPOD_SANDBOX_LOST', 'The sandbox of the pod was removed');
  }
  return { pidfd: sandbox.pidfd, namespaces: sandbox.record.spec };
}

async function closeAll({ host, network, monitors, sandboxes, containers }: Holdings): Promise<void> {
  for (const sandbox of sandboxes.values()) {
    sandbox.close();
  }
  for (const container of containers) {
    container.close();
  }
  await monitors.close();
  await network.close();
  host.close();
}

export type KernelRuntimeOptions = Omit<RuntimeNetworkOptions, 'host'> & { readonly paths: Paths };

/** The pod engine's port to the kernel: sandboxes and containers of one root. Throws PEAPOD_CGROUP_UNAVAILABLE. */
export async function openKernelRuntime({ paths, ...options }: KernelRuntimeOptions): Promise<PodRuntime> {
  const host = openHost(paths);
  const network = new RuntimeNetwork({ host, ...options });
  const monitors = new Monitors(host);
  const holdings: Holdings = { host, network, monitors, sandboxes: new Map(), containers: new Set() };
  return {
    createSandbox: async (spec, { ports }) => holdSandbox(holdings, await network.createSandbox(spec, ports)),
    adoptSandbox: async (podUid) => {
      const sandbox = await adoptSandbox(host, podUid);
      if (sandbox !== undefined) network.adopt(sandbox);
      return sandbox && holdSandbox(holdings, sandbox);
    },
    settle: () => network.settle(),
    startContainer: async (sandbox, spec, attach) =>
      holdContainer(holdings, await startContainer(monitors, placeOf(holdings, sandbox), spec, attach)),
    adoptContainer: async (id) => {
      const container = await adoptContainer(host, id);
      return container && holdContainer(holdings, container);
    },
    removeLeftovers: (kept) => removeLeftovers(host, kept),
    close: () => closeAll(holdings),
  };
}
