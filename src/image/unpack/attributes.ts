/**
 * Only what is a program's own business is kept. `trusted.overlay.*` and `user.overlay.*` would tell overlayfs to show
 * other directories in place of these; the rest (SELinux labels, ACLs) belongs to the host it came from. A name that
 * is no plain text could not be asked for again.
 */
export function isKeptAttribute(name: string): boolean {
  if (name === 'security.capability') return true;
  return name.startsWith('user.') && !name.startsWith('user.overlay.') && /^[ -~]+$/.test(name);
}
