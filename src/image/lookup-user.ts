import { join } from 'node:path';
import { PeapodError } from '../errors.js';
import { readAccountFile } from './account-file.js';
import { MergedTree } from './merged-tree.js';
import { type GroupRow, maxId, type PasswdRow, parseGroup, parseId, parsePasswd } from './passwd.js';
import type { ResolvedImage } from './resolve.js';

export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Groups that list the user as a member, whichever group was asked for. */
  readonly additionalGids: readonly number[];
  /** `/` when the image does not say. */
  readonly home: string;
}

/** Starts with what can be no number, in any notation and any script. */
const namePattern = /^[A-Za-z_][A-Za-z0-9_.@-]*\$?$/;

/**
 * Who a container runs as: `user` is `name`, `uid`, `name:group`, `uid:gid`…, as an image or docker's `--user` has it;
 * '' is uid 0. Names are looked up in the image's own /etc/passwd and /etc/group. A number is never taken for a name;
 * the row with that uid, if there is one, supplies the group, the home and the memberships, as in Kubernetes.
 * Throws PEAPOD_IMAGE_INVALID for what is neither a name nor a number from 0 to 2^31 - 1, and for unknown names.
 */
export function lookupUser(stateDirectory: string, rootfs: ResolvedImage['rootfs'], user: string): ImageUser {
  const [userPart = '', groupPart, ...more] = user.split(':');
  if (more.length > 0 || groupPart === '') throw unknown('user', user, 'it is not of the form user:group');
  const layers = rootfs.kind === 'host' ? ['/'] : rootfs.layers.map((layer) => join(stateDirectory, layer));
  const tree = new MergedTree(layers);
  try {
    const read = (path: string) => readAccountFile(tree, path) ?? '';
    const groups = once(() => parseGroup(read('etc/group')));
    const found = findUser(userPart || '0', () => parsePasswd(read('etc/passwd')));
    const gid = groupPart === undefined ? found.gid : findGroup(groupPart, groups);
    const additionalGids = findMemberships({ ...found, gid }, groups);
    return { uid: found.uid, gid, additionalGids, home: found.home || '/' };
  } finally {
    tree.close();
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function findUser(text: string, readRows: () => PasswdRow[]): PasswdRow {
  const uid = parseId(text);
  if (uid !== undefined) {
    return orNothing(readRows).find((row) => row.uid === uid) ?? { name: '', uid, gid: 0, home: '' };
  }
  checkName('user', text);
  const row = readRows().find(({ name }) => name === text);
  if (row === undefined) throw unknown('user', text, 'the image has no such user in /etc/passwd');
  return row;
}

function findGroup(text: string, readRows: () => GroupRow[]): number {
  const gid = parseId(text);
  if (gid !== undefined) return gid;
  checkName('group', text);
  const row = readRows().find(({ name }) => name === text);
  if (row === undefined) throw unknown('group', text, 'the image has no such group in /etc/group');
  return row.gid;
}

function findMemberships({ name, gid }: PasswdRow, readRows: () => GroupRow[]): number[] {
  if (name === '') return [];
  const rows = orNothing(readRows).filter(({ members }) => members.includes(name));
  return [...new Set(rows.map((row) => row.gid))].filter((other) => other !== gid);
}

/** A number needs no file: an image that has a FIFO there, or nothing readable, still runs as that number. */
function orNothing<Row>(readRows: () => Row[]): Row[] {
  try {
    return readRows();
  } catch (error) {
    if (error instanceof PeapodError) return [];
    throw error;
  }
}

function checkName(kind: 'user' | 'group', text: string): void {
  if (!namePattern.test(text)) {
    throw unknown(kind, text, `it is neither a name nor a number from 0 to ${maxId}`);
  }
}

function unknown(kind: 'user' | 'group', text: string, why: string): PeapodError {
  const shown = JSON.stringify(text.slice(0, 100));
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot run as ${kind} ${shown}: ${why}`, {
    hint: `Name a ${kind} by its number, or one that the image has.`,
  });
}
