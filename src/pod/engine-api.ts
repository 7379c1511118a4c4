import type { Readable, Writable } from 'node:stream';
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { ExitStatus } from '../container/exit-status.js';
import type { PublishedPort } from '../network/attachment.js';
import type { CreatePodOptions } from './bare-pod.js';
import type { ImageApi } from './image-api.js';
import type { PodInspection } from './inspection.js';

/** What `apply` did to one object. */
export interface ApplyResult {
  readonly kind: 'Pod';
  readonly name: string;
  readonly uid: string;
  readonly action: 'created' | 'configured' | 'unchanged';
  readonly warnings: readonly string[];
}

export interface ApplyOptions {
  readonly validate?: 'strict' | 'warn' | 'ignore';
  readonly dryRun?: boolean;
  /** Named in errors, for example the file. */
  readonly source?: string;
}

/** A change of a pod, as Kubernetes' watch reports it. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Pod;
}

/** One of a pod's events, in the shape users know from `kubectl describe`. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** For example `spec.containers{web}`; empty for the pod itself. */
  readonly field: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly count: number;
}

export interface ExecOptions {
  readonly container?: string;
  readonly command: readonly string[];
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly env?: readonly string[];
  readonly user?: string;
  readonly cwd?: string;
  /** Rows and columns at the start, for a tty. */
  readonly size?: { readonly rows: number; readonly columns: number };
}

/** A process entered into a container, or an attachment to its main one. */
export interface ExecSession {
  /** Absent unless stdin was asked for. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  /** Absent with a tty, which has one stream. */
  readonly stderr: Readable | null;
  resize(size: { rows: number; columns: number }): void;
  /** Never rejects once the session exists; an attachment resolves when the container ends or the session is closed. */
  readonly exit: Promise<ExitStatus>;
  /** Ends the session: an exec's process is killed, an attached container runs on. */
  close(): void;
}

export interface RunOptions {
  /** Passes input on to it; the container has to have `stdin: true`. */
  readonly stdin?: boolean;
}

export interface KillOptions {
  readonly container?: string;
  /** A signal's number. */
  readonly signal: number;
}

export interface AttachOptions {
  readonly container?: string;
  readonly stdin?: boolean;
}

export interface LogOptions {
  readonly container?: string;
  readonly previous?: boolean;
  readonly follow?: boolean;
  /** Last N lines; absent is all. */
  readonly tail?: number;
  /** Milliseconds since the epoch: lines from then on. */
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly signal?: AbortSignal;
}

/** One log line (or part of one) as it was written. */
export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly timestamp: string;
  readonly data: Buffer;
}

export interface DeleteOptions {
  /** Seconds; absent is the pod's own terminationGracePeriodSeconds. */
  readonly gracePeriodSeconds?: number;
  /** Kill at once and forget: grace 0. */
  readonly force?: boolean;
}

/** A port to publish. Without `hostPort` a free one is chosen. */
export type PortRequest = Omit<PublishedPort, 'hostPort'> & { readonly hostPort?: number | undefined };

/**
 * The engine as everyone above it sees it: the library, the daemon and, through the daemon's client, the command
 * line. Names are pod names; all errors are PeapodErrors.
 */
export interface Engine {
  readonly images: ImageApi;
  apply(manifest: string | object, options?: ApplyOptions): Promise<ApplyResult[]>;
  /**
   * Makes a pod without containers: a sandbox with its namespaces, its address and its ports, which is made anew when
   * it is lost. Resolves when the pod is recorded; Ready is its sandbox. Rejects with PEAPOD_CONFLICT when the name is
   * taken, PEAPOD_PORT_TAKEN when a port is another pod's, PEAPOD_MANIFEST_INVALID and PEAPOD_USAGE.
   */
  createPod(options: CreatePodOptions): Promise<Pod>;
  /**
   * Makes a new pod of one container and follows its first run from its first byte. Resolves when it runs; when it does
   * not come to that, the pod is removed. The pod stays when it has ended, unless its annotation
   * `peapod.dev/remove-when-done` is "true". Rejects with PEAPOD_IMAGE_MISSING when the image is to be pulled first,
   * PEAPOD_CONFLICT, PEAPOD_MANIFEST_INVALID, PEAPOD_LAUNCH_FAILED, and the like.
   */
  run(manifest: object, options?: RunOptions): Promise<ExecSession>;
  get(name: string): Promise<Pod>;
  list(): Promise<Pod[]>;
  events(name: string): Promise<PodEvent[]>;
  /** What runs of a pod, as the kernel has it now. */
  inspect(name: string): Promise<PodInspection>;
  /** The ports published of a pod: those of its manifest first. */
  ports(name: string): Promise<PublishedPort[]>;
  /**
   * Publishes one more port of a pod that lives; it stays published in every later sandbox. One that is published
   * already is no error. Rejects with PEAPOD_PORT_TAKEN or PEAPOD_CONFLICT, and nothing has changed then.
   */
  addPort(name: string, port: PortRequest): Promise<PublishedPort>;
  /** Ends what `addPort` or `createPod` published. Rejects with PEAPOD_NOT_FOUND when it is not published. */
  removePort(name: string, port: PublishedPort): Promise<void>;
  /** All pods as ADDED, then every change; ends when the signal aborts. */
  watch(options?: { name?: string; signal?: AbortSignal }): AsyncIterable<WatchEvent>;
  exec(name: string, options: ExecOptions): Promise<ExecSession>;
  attach(name: string, options?: AttachOptions): Promise<ExecSession>;
  /** Sends a signal to the first process of a container. Rejects with PEAPOD_CONTAINER_NOT_RUNNING. */
  kill(name: string, options: KillOptions): Promise<void>;
  logs(name: string, options?: LogOptions): AsyncIterable<LogChunk>;
  /** Resolves when the deletion is recorded; `watch` tells when it is done. */
  delete(name: string, options?: DeleteOptions): Promise<void>;
  /** Lets go of the root. Pods run on, for the next engine to adopt. */
  close(): Promise<void>;
}
