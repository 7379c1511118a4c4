import type { Container } from 'kubernetes-types/core/v1.js';
import { hasCode } from '../errors.js';
import { formatDuration } from '../units.js';
import type { EventNote } from './actions.js';
import { containerEvent, type EventReason } from './events.js';
import type { LocalImage } from './images.js';
import type { PodState } from './pod-state.js';
import type { PullChoice } from './pull-policy.js';
import type { Pulled } from './shared-pulls.js';
import { describeCause } from './start-failure.js';

/** How long a registry may take to tell whether an image that is here is still the newest. */
const refreshLimitMs = 5000;

/** How the pull for one start of a container ended. */
export type PullOutcome =
  /** The image is here, as new as it is to be. */
  | { readonly kind: 'ready'; readonly note: EventNote; readonly substitute?: LocalImage }
  | { readonly kind: 'failed'; readonly message: string; readonly error: Error };

/** The pull for one start of a container, beside the pod's worker. */
export interface ContainerPull {
  /** As the manifest has it. */
  readonly image: string;
  /** Undefined while it goes on, or when it was ended by `abort`. */
  readonly outcome: PullOutcome | undefined;
  /** Resolves when there is an outcome, or when it was aborted. Never rejects. */
  readonly ended: Promise<void>;
  abort(): void;
}

/** Begins to do what was chosen about a container's image. */
export function beginPull(
  state: PodState,
  container: Container,
  choice: Extract<PullChoice, 'pull' | 'refresh'>,
): ContainerPull {
  const { image = '' } = container;
  const controller = new AbortController();
  const request = { state, container, image, signal: controller.signal };
  const work = choice === 'pull' ? pull(request) : refresh(request);
  let outcome: PullOutcome | undefined;
  const ended = work.then(
    (found) => {
      outcome = found;
    },
    (error) => {
      if (!controller.signal.aborted) outcome = { kind: 'failed', message: describeCause(error), error };
    },
  );
  return {
    image,
    ended,
    get outcome() {
      return outcome;
    },
    abort: () => controller.abort(),
  };
}

interface PullRequest {
  readonly state: PodState;
  readonly container: Container;
  readonly image: string;
  readonly signal: AbortSignal;
}

async function pull(request: PullRequest): Promise<PullOutcome> {
  const { state, image, signal } = request;
  const { pulls, images, clock } = state.parts;
  const startedAt = clock.now();
  // Told at once: it is what the pod does now.
  state.addEvent(note(request, 'Pulling', `Pulling image "${image}"`));
  try {
    const pulled = await pulls.pull(image, { signal });
    return ready(request, 'Pulled', describePulled(image, pulled, clock.now() - startedAt));
  } catch (error) {
    const substitute = isUnreachable(error) ? await images.findSubstitute(image) : undefined;
    if (substitute === undefined) throw error;
    const message = `Using peapod's own in place of image "${image}": ${(error as Error).message}`;
    return { ...ready(request, 'RegistryUnavailable', message), substitute };
  }
}

/** Whatever goes wrong, what is here will do. */
async function refresh(request: PullRequest): Promise<PullOutcome> {
  const { state, image, signal } = request;
  const { images } = state.parts;
  const local = await images.resolve(image);
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(refreshLimitMs)]);
    const digest = await images.findDigest(image, limited);
    if (digest !== local.registryDigest) return await pull(request);
    return ready(request, 'Pulled', `Container image "${image}" already present on machine`);
  } catch (error) {
    signal.throwIfAborted();
    const message = `Using image "${image}" as it is on this machine, which may be out of date: ${describeLimit(error)}`;
    return ready(request, 'RegistryUnavailable', message);
  }
}

function ready(request: PullRequest, reason: EventReason, message: string) {
  return { kind: 'ready', note: note(request, reason, message) } as const;
}

function note({ state, container }: PullRequest, reason: EventReason, message: string): EventNote {
  return containerEvent({ pod: state.pod, container }, reason, message);
}

/** kubelet's words. */
function describePulled(
  image: string,
  { image: { sizeBytes }, durationMs }: Pulled,
  waitedMs: number,
): string {
  const [own, all] = [durationMs, Math.max(waitedMs, durationMs)].map((ms) => formatDuration(Math.trunc(ms)));
  return `Successfully pulled image "${image}" in ${own} (${all} including waiting). Image size: ${sizeBytes} bytes.`;
}

function describeLimit(error: unknown): string {
  const { name, message } = error as Error;
  return name === 'TimeoutError' ? `the registry did not answer within ${refreshLimitMs / 1000} s` : message;
}

function isUnreachable(error: unknown): boolean {
  return hasCode(error, 'PEAPOD_REGISTRY_UNAVAILABLE');
}
