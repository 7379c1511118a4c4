import type { EngineOptions } from './pod/engine.js';
import type { Engine } from './pod/engine-api.js';

export type { Container, Pod, PodSpec, PodStatus } from 'kubernetes-types/core/v1.js';
export type { ExitStatus } from './container/exit-status.js';
export { exitCode } from './container/exit-status.js';
export { type ErrorCode, type ErrorOptions, PeapodError, SystemError } from './errors.js';
export type { CheckReport, Damage } from './image/check.js';
export type { ImageInspection } from './image/inspect.js';
export type { Progress } from './image/install.js';
export type { ArchiveFormat } from './image/save.js';
export type { Attachment, PodAddress, Protocol, PublishedPort } from './network/attachment.js';
export type { NetworkOptions } from './network/settings.js';
export type { CreatePodOptions, SharedNamespace } from './pod/bare-pod.js';
export type { EngineOptions } from './pod/engine.js';
export type {
  ApplyOptions,
  ApplyResult,
  AttachOptions,
  DeleteOptions,
  Engine,
  ExecOptions,
  ExecSession,
  KillOptions,
  LogChunk,
  LogOptions,
  PodEvent,
  PortRequest,
  RunOptions,
  WatchEvent,
} from './pod/engine-api.js';
export type {
  CheckImagesOptions,
  ImageApi,
  ImageSummary,
  ImportOptions,
  LoadImagesOptions,
  PullImageOptions,
  RemoveImagesOptions,
  SaveImagesOptions,
} from './pod/image-api.js';
export type {
  ContainerInspection,
  FirewallInspection,
  LinkInspection,
  NetworkInspection,
  PodInspection,
  RouteInspection,
  SandboxInspection,
} from './pod/inspection.js';

/**
 * Opens a pod engine in this process: no daemon is needed or used. It holds its root until `close`, after which pods
 * run on, for the next engine to adopt. Needs root's privileges.
 *
 * Rejects with PEAPOD_ROOT_HELD when another engine, the daemon for example, holds the root.
 */
export async function open(options: EngineOptions = {}): Promise<Engine> {
  const { openEngine } = await import('./pod/engine.js');
  return openEngine(options);
}
