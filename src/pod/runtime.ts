import type { ExitStatus } from '../container/exit-status.js';
import type { RunInspection } from '../container/inspect.js';
import type { ContainerSpec, ProcessSpec } from '../container/spec.js';
import type { PublishedPort } from '../network/attachment.js';
import type { SandboxRecord, SandboxSpec } from '../sandbox/spec.js';
import type { ExecSession } from './engine-api.js';
import type { SandboxInspection } from './inspection.js';

/** How and when a container's init ended. */
export interface ContainerExit {
  readonly status: ExitStatus;
  /** Milliseconds since the epoch, as the monitor saw it; when nobody saw it, the moment it was found gone. */
  readonly finishedAt: number;
  /** True when the kernel's OOM killer ended a process of this container. */
  readonly oomKilled?: boolean;
}

/** A pod's pause process and all it holds. Every method may be called again after it succeeded. */
export interface SandboxHandle {
  readonly record: SandboxRecord;
  /** The pod's addresses; empty with the host's network, and while a pod has only `lo`. */
  readonly ips: readonly string[];
  /** What is published now. */
  readonly ports: readonly PublishedPort[];
  /** Resolves when pause ended, whoever ended it. Never rejects. */
  readonly ended: Promise<void>;
  /**
   * Publishes these ports and no others, of which connections through those that stay notice nothing. Rejects with
   * PEAPOD_PORT_TAKEN, PEAPOD_UNSUPPORTED or another PeapodError, and changes nothing then.
   */
  setPorts(ports: readonly PublishedPort[]): Promise<void>;
  /** What the kernel has of it now. */
  inspect(): Promise<SandboxInspection>;
  /** Kills what still runs in the pod's cgroup; removes pause, the pod's cgroup and its record in run/. */
  remove(): Promise<void>;
}

export interface ExecIo {
  readonly stdin: boolean;
  /** Used only when the process has a terminal. */
  readonly size?: { readonly rows: number; readonly columns: number };
}

/** A container that reached execve, running or ended but not yet removed. */
export interface ContainerHandle {
  /** Milliseconds since the epoch: when execve happened. */
  readonly startedAt: number;
  /** Opened before it began, where that was asked for. */
  readonly attached?: ExecSession | undefined;
  /** Resolves once, when init ended and its output is in the log. Never rejects: `unknown` is a status. */
  readonly exit: Promise<ContainerExit>;
  /** Sends a signal to init; nothing happens when it has ended. */
  kill(signal: number): Promise<void>;
  /**
   * Asks init to end with the container's stop signal and kills all of the container after `graceMs`, at once for 0.
   * Resolves when it ended. A second call with less grace shortens the first.
   */
  stop(graceMs: number): Promise<void>;
  /**
   * Enters a process. Rejects with PEAPOD_LAUNCH_FAILED whose `details.errno` is a number (2: no such command)
   * when it did not reach execve, and with PEAPOD_CONTAINER_NOT_RUNNING or PEAPOD_CONTAINER_FROZEN.
   */
  exec(process: ProcessSpec, io: ExecIo): Promise<ExecSession>;
  attach(io: { readonly stdin: boolean }): Promise<ExecSession>;
  /** What the kernel has of it now. */
  inspect(): Promise<RunInspection>;
  /** Kills what still runs and removes its cgroup, its directory in run/ and its writable layer; not its log. */
  remove(): Promise<void>;
}

/** Names one run of one container. */
export interface ContainerId {
  readonly podUid: string;
  readonly name: string;
  readonly attempt: number;
}

/** What is to be left alone by `removeLeftovers`: these pods, and of each these container runs. */
export interface Kept {
  readonly podUid: string;
  readonly containers: readonly { readonly name: string; readonly attempt: number }[];
}

/** What a sandbox is made with that may change while it lives. */
export interface SandboxOptions {
  /** Of a pod with a network of its own, which do not overlap; none for any other. */
  readonly ports: readonly PublishedPort[];
}

/**
 * The runtime as the pod engine uses it: the waist behind one small interface, so that the engine is tested on a
 * virtual world. It decides nothing about pods. It writes its own records in run/ before its side effects, so that
 * `adopt…` and `removeLeftovers` find whatever an engine that died at any point has left.
 */
export interface PodRuntime {
  /**
   * Rejects with a PeapodError and leaves nothing behind when pause cannot be started or its network cannot be made,
   * with PEAPOD_PORT_TAKEN when a port is somebody else's.
   */
  createSandbox(spec: SandboxSpec, options: SandboxOptions): Promise<SandboxHandle>;
  /**
   * The sandbox a former engine made, if its record is of this boot and its pause still is the same process. When
   * not, undefined: then whatever is left of it was removed.
   */
  adoptSandbox(podUid: string): Promise<SandboxHandle | undefined>;
  /** To be called once, when all that is kept was adopted: puts the network right. Rejects with PEAPOD_CONFLICT. */
  settle(): Promise<void>;
  /**
   * Starts one run. Resolves when execve happened. Rejects with PEAPOD_LAUNCH_FAILED (`details.errno`,
   * `details.step`), PEAPOD_LAUNCH_TIMEOUT or another PeapodError, and leaves nothing behind but its log directory.
   * With `attach` the handle has a session that misses nothing of it.
   */
  startContainer(
    sandbox: SandboxHandle,
    spec: ContainerSpec,
    attach?: { readonly stdin: boolean },
  ): Promise<ContainerHandle>;
  /**
   * A run a former engine started: running, or ended with what its monitor recorded (`exit` is then settled at
   * once). Undefined when nothing of it is known or it never reached execve: then what was half-made was removed.
   */
  adoptContainer(id: ContainerId): Promise<ContainerHandle | undefined>;
  /** Removes whatever runs or lies about under this root that is not kept. Called once, before anything is adopted. */
  removeLeftovers(kept: readonly Kept[]): Promise<void>;
  /** Lets go of every connection and descriptor; sandboxes and containers run on for the next to adopt. */
  close(): Promise<void>;
}
