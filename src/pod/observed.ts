import type { ExitStatus } from '../container/exit-status.js';

/** A stop we asked for. */
export interface StopRequest {
  /** Why: PodDeleted, PodFinished, DeadlineExceeded, SandboxChanged, ContainerChanged. */
  readonly reason: string;
  readonly message: string;
  /** When it was decided; SIGKILL is due `gracePeriodSeconds` later, at once when that is 0. */
  readonly at: number;
  readonly gracePeriodSeconds: number;
}

/** One run (attempt) of a container, as facts; labels such as "CrashLoopBackOff" are derived, never stored. */
export interface ContainerRun {
  readonly attempt: number;
  /** The sandbox it was made in: init containers run again in a new one. */
  readonly sandboxAttempt: number;
  /** Milliseconds since the epoch, all of them. */
  readonly createdAt: number;
  /** Absent when execve was never reached. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Present once it ended. */
  readonly exit?: ExitStatus;
  /** Set when it could not be started (StartError, exit code 128 in v1 status) or its end has a name of its own (OOMKilled). */
  readonly reason?: string;
  readonly message?: string;
  /** The newest stop asked of it; kept once it ended. */
  readonly stop?: StopRequest;
  /** As its status shows it. */
  readonly imageId?: string;
  /** What it is mounted on, as `rootfs.layers` has it; nobody may remove that while it is alive. */
  readonly layers?: readonly string[];
  /** Hash of the container's spec this run was started from. */
  readonly specHash: string;
}

/** Why the next start of a container is not being tried or failed before a run existed (image missing, bad user…). */
export interface StartProblem {
  /** kubelet's reason: ErrImageNeverPull, ErrImagePull, ImagePullBackOff, CreateContainerConfigError, CreateContainerError, RunContainerError… */
  readonly reason: string;
  readonly message: string;
  readonly at: number;
  /** How many tries in a row failed, from 1. */
  readonly failures: number;
}

/** Restart back-off of one container: durable. */
export interface BackOff {
  /** Delay in force, ms; 0 before the first crash. */
  readonly delayMs: number;
  /** When it last advanced. */
  readonly updatedAt: number;
  /** Names the image and resources it is about: it starts anew when they change. */
  readonly key: string;
}

export interface ContainerObservation {
  readonly name: string;
  /** The newest run, if any, and the one before it (lastState). */
  readonly current?: ContainerRun;
  readonly previous?: ContainerRun;
  readonly backOff?: BackOff;
  readonly problem?: StartProblem;
  /** Its image is on the way: it is started when that has ended. */
  readonly isPulling?: boolean;
}

export interface SandboxObservation {
  readonly attempt: number;
  readonly createdAt: number;
  /** False once pause died. */
  readonly alive: boolean;
  readonly ips: readonly string[];
}

/** What the engine knows of one pod at one moment. */
export interface PodObservation {
  readonly sandbox?: SandboxObservation;
  readonly sandboxProblem?: StartProblem;
  /** By container name: init containers and containers. */
  readonly containers: Readonly<Record<string, ContainerObservation>>;
  /** Milliseconds since the epoch and seconds; grace 0 is to kill at once. */
  readonly deletion?: { readonly requestedAt: number; readonly gracePeriodSeconds: number };
  /** Somebody follows what a container of it writes. */
  readonly isBeingRead?: boolean;
  /** Milliseconds since the epoch: when the pod was accepted; activeDeadlineSeconds counts from it. */
  readonly startTime?: number;
}
