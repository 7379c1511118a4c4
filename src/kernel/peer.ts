import { binding } from '../native/binding.js';

/** The user at the other end of a connected unix socket, as the kernel knows it (SO_PEERCRED). */
export function peerUid(fd: number): number {
  return binding().peerCredentials(fd).uid;
}
