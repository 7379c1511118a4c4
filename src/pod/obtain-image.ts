import type { Container } from 'kubernetes-types/core/v1.js';
import { hasCode } from '../errors.js';
import { beginPull } from './container-pull.js';
import { containerEvent } from './events.js';
import type { LocalImage, PodImages } from './images.js';
import type { PodState } from './pod-state.js';
import { choosePull } from './pull-policy.js';
import { StartFailure } from './start-failure.js';

/**
 * The image for a start of a container, by its pull policy. Undefined when it is on its way: then `state.pulls` has
 * the pull, and the start is to be tried again when that has ended. Rejects with StartFailure.
 */
export async function obtainImage(state: PodState, container: Container): Promise<LocalImage | undefined> {
  const image = (await takePulled(state, container)) ?? (await chooseImage(state, container));
  // From now on nobody may remove its layers.
  if (image !== undefined) state.images.set(container.name, image);
  return image;
}

/** What a pull that has ended was for. */
async function takePulled({ parts, pulls }: PodState, container: Container): Promise<LocalImage | undefined> {
  const { name, image = '' } = container;
  const pull = pulls.get(name);
  if (pull?.image !== image || pull.outcome?.kind !== 'ready') return undefined;
  pulls.delete(name);
  return pull.outcome.substitute ?? (await findLocal(parts.images, image));
}

async function chooseImage(state: PodState, container: Container): Promise<LocalImage | undefined> {
  const { name, image = '' } = container;
  const local = await findLocal(state.parts.images, image);
  const isStated = state.record.pullPolicyStated.includes(name);
  const choice = choosePull(container, isStated, local);
  if (choice === 'never') throw neverPulled(image);
  if (choice !== 'use') {
    state.pulls.get(name)?.abort();
    state.pulls.set(name, beginPull(state, container, choice));
    return undefined;
  }
  const message = `Container image "${image}" already present on machine`;
  state.addEvent(containerEvent({ pod: state.pod, container }, 'Pulled', message));
  return local;
}

async function findLocal(images: PodImages, reference: string): Promise<LocalImage | undefined> {
  try {
    return await images.resolve(reference);
  } catch (error) {
    if (hasCode(error, 'PEAPOD_IMAGE_MISSING')) return undefined;
    const isName = hasCode(error, 'PEAPOD_IMAGE_INVALID');
    throw new StartFailure(isName ? 'InvalidImageName' : 'ImageInspectError', error as Error);
  }
}

function neverPulled(image: string): StartFailure {
  const message = `Container image "${image}" is not present with pull policy of Never`;
  return new StartFailure('ErrImageNeverPull', new Error(message));
}
