import type { Readable, Writable } from 'node:stream';
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { ExitStatus } from '../container/exit-status.js';

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

export interface ImageSummary {
  /** Full reference, for example docker.io/library/nginx:latest. */
  readonly reference: string;
  readonly id: string;
  readonly createdAt: string;
  readonly sizeBytes: number;
}

export interface ImportOptions {
  /** A tarball or a directory on this host. */
  readonly path: string;
  readonly name: string;
  /** docker's `--change`: CMD, ENTRYPOINT, ENV, STOPSIGNAL, USER, WORKDIR. */
  readonly changes?: readonly string[];
}

/**
 * The engine as everyone above it sees it: the library, the daemon and, through the daemon's client, the command
 * line. Names are pod names; all errors are PeapodErrors.
 */
export interface Engine {
  apply(manifest: string | object, options?: ApplyOptions): Promise<ApplyResult[]>;
  get(name: string): Promise<Pod>;
  list(): Promise<Pod[]>;
  events(name: string): Promise<PodEvent[]>;
  /** All pods as ADDED, then every change; ends when the signal aborts. */
  watch(options?: { name?: string; signal?: AbortSignal }): AsyncIterable<WatchEvent>;
  exec(name: string, options: ExecOptions): Promise<ExecSession>;
  attach(name: string, options?: AttachOptions): Promise<ExecSession>;
  logs(name: string, options?: LogOptions): AsyncIterable<LogChunk>;
  /** Resolves when the deletion is recorded; `watch` tells when it is done. */
  delete(name: string, options?: DeleteOptions): Promise<void>;
  images(): Promise<ImageSummary[]>;
  importImage(options: ImportOptions): Promise<ImageSummary>;
  /** Lets go of the root. Pods run on, for the next engine to adopt. */
  close(): Promise<void>;
}
