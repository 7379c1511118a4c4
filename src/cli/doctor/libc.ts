import { createRequire } from 'node:module';

/** What of libc the doctor calls. Failed calls throw an Error with the number of errno. */
export interface Libc {
  /** f_type of statfs(2): the filesystem's magic number. */
  filesystemType(path: string): number;
  /** NS_GET_NSTYPE (ioctl_ns(2)): the CLONE_NEW flag of a namespace held by an fd. */
  namespaceType(fd: number): number;
  /** NS_GET_OWNER_UID: the user who made a user namespace held by an fd. */
  ownerUid(fd: number): number;
}

const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;

/** struct statfs of x86-64 is 120 bytes; f_type is its first, 64-bit field. */
const statfsBytes = 128;

interface ForeignFunctions {
  statfs(path: string, buffer: Buffer): number;
  ioctl(fd: number, request: number, argument: Buffer): number;
}

/** libc through ffi-napi. Throws when it is not installed, or installed but not built. */
export function loadLibc(): Libc {
  const require = createRequire(import.meta.url);
  const ffi = require('ffi-napi');
  const { types } = require('ref-napi');
  const { statfs, ioctl } = ffi.Library(null, {
    statfs: [types.int, [types.CString, 'pointer']],
    ioctl: [types.int, [types.int, types.ulong, 'pointer']],
  }) as ForeignFunctions;
  const check = (result: number, call: string): number => {
    if (result < 0) throw new Error(`${call}: errno ${ffi.errno()}`);
    return result;
  };
  return {
    filesystemType(path) {
      const buffer = Buffer.alloc(statfsBytes);
      check(statfs(path, buffer), `statfs ${path}`);
      return Number(buffer.readBigUInt64LE(0));
    },
    namespaceType: (fd) => check(ioctl(fd, NS_GET_NSTYPE, Buffer.alloc(8)), 'NS_GET_NSTYPE'),
    ownerUid(fd) {
      const buffer = Buffer.alloc(8);
      check(ioctl(fd, NS_GET_OWNER_UID, buffer), 'NS_GET_OWNER_UID');
      return buffer.readUInt32LE(0);
    },
  };
}
