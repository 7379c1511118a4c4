import { type ImageUser, lookupUser } from './lookup-user.js';
import type { ResolvedImage } from './resolve.js';

/** More than most machines run different images. */
const capacity = 256;

/**
 * `lookupUser` for images of a store, remembering what was found: an image's id stands for its content, and to look
 * through the layers of one takes a part of a container's start that can be seen.
 */
export class ImageUsers {
  readonly #stateDirectory: string;
  /** The oldest first. */
  readonly #found = new Map<string, ImageUser>();

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
  }

  /** Throws as `lookupUser` does. The host's users are looked up each time: they change. */
  lookup({ id, rootfs }: Pick<ResolvedImage, 'id' | 'rootfs'>, user: string): ImageUser {
    if (rootfs.kind === 'host') return lookupUser(this.#stateDirectory, rootfs, user);
    const key = `${id} ${user}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = lookupUser(this.#stateDirectory, rootfs, user);
    const [oldest] = this.#found.keys();
    if (this.#found.size >= capacity && oldest !== undefined) this.#found.delete(oldest);
    this.#found.set(key, found);
    return found;
  }
}
