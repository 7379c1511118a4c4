import { posix } from 'node:path';
import { PeapodError } from '../errors.js';
import { parseSignal } from '../kernel/signals.js';
import { emptyConfig, type ImageConfig } from './config.js';
import { isExposedPort, parseEnv, parseLabels, parseText, parseWords, volumePath } from './config-values.js';
import { type Digest, isDigest } from './digest.js';
import { invalidDocument, isObject, type JsonObject, parseDocument, rejectOtherCase } from './document.js';
import { maxLayers } from './manifest.js';

/** An image's configuration document, as far as anything here reads it. */
export interface ConfigDocument {
  /** RFC 3339, as the image says; '' if it does not. */
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly config: ImageConfig;
  /** Of the layers, bottom first. */
  readonly diffIds: readonly Digest[];
}

const documentMembers = ['architecture', 'os', 'config', 'rootfs', 'created'];
const configMembers = [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
];

/**
 * Reads the configuration of an image, whose writer nobody knows. Throws PEAPOD_IMAGE_INVALID, with the place, for
 * whatever has a type or value that is not its own, PEAPOD_UNSUPPORTED for another machine's image.
 */
export function parseConfig(bytes: Buffer): ConfigDocument {
  const document = parseDocument(bytes, 'config', documentMembers);
  const architecture = parseText(document.architecture, 'config.architecture');
  const os = parseText(document.os, 'config.os');
  if (os !== 'linux' || architecture !== 'amd64') throw otherPlatform(`${os}/${architecture}`);
  return {
    created: parseText(document.created, 'config.created'),
    architecture,
    os,
    config: parseProcess(document.config),
    diffIds: parseDiffIds(document.rootfs),
  };
}

/** Some builders write null where there is nothing. */
function parseProcess(value: unknown): ImageConfig {
  if (value === undefined || value === null) return emptyConfig;
  const where = 'config.config';
  if (!isObject(value)) throw invalidDocument(where, 'it is no object');
  rejectOtherCase(value, where, configMembers);
  return {
    entrypoint: parseWords(value.Entrypoint, `${where}.Entrypoint`),
    cmd: parseWords(value.Cmd, `${where}.Cmd`),
    env: parseEnv(value.Env, `${where}.Env`),
    user: parseText(value.User, `${where}.User`),
    workingDir: parseDirectory(parseText(value.WorkingDir, `${where}.WorkingDir`)),
    stopSignal: parseStopSignal(parseText(value.StopSignal, `${where}.StopSignal`)),
    volumes: parseVolumes(value),
    exposedPorts: parsePorts(value),
    labels: parseLabels(value.Labels, `${where}.Labels`),
  };
}

/** Docker reads a relative one from the root. */
function parseDirectory(path: string): string {
  return path === '' ? '' : posix.join('/', path);
}

function parseStopSignal(text: string): string {
  if (text === '' || parseSignal(text) !== undefined) return text;
  throw invalidDocument('config.config.StopSignal', `${JSON.stringify(text.slice(0, 40))} is no signal`);
}

function parseVolumes(config: JsonObject): string[] {
  const where = 'config.config.Volumes';
  return keysOf(config.Volumes, where).map((path) => {
    const plain = volumePath(path);
    if (plain !== undefined) return plain;
    throw invalidDocument(where, `${JSON.stringify(path.slice(0, 200))} is no absolute path below the root`);
  });
}

function parsePorts(config: JsonObject): string[] {
  const where = 'config.config.ExposedPorts';
  return keysOf(config.ExposedPorts, where).map((port) => {
    if (isExposedPort(port)) return port;
    throw invalidDocument(where, `${JSON.stringify(port.slice(0, 200))} is no port`);
  });
}

/** Go has no sets: what matters are the names of the members. */
function keysOf(value: unknown, where: string): string[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw invalidDocument(where, 'it is no object');
  return parseWords(Object.keys(value), where);
}

function parseDiffIds(rootfs: unknown): Digest[] {
  const where = 'config.rootfs.diff_ids';
  if (!isObject(rootfs) || !Array.isArray(rootfs.diff_ids)) throw invalidDocument(where, 'it is no array');
  if (rootfs.type !== 'layers') throw invalidDocument('config.rootfs.type', 'it is not "layers"');
  if (rootfs.diff_ids.length > maxLayers)
    throw invalidDocument(where, `it has more than ${maxLayers} members`);
  return rootfs.diff_ids.map((diffId, index) => {
    if (isDigest(diffId)) return diffId;
    throw invalidDocument(`${where}[${index}]`, 'it is not "sha256:" and 64 lowercase hex digits');
  });
}

function otherPlatform(platform: string): PeapodError {
  const shown = JSON.stringify(platform.slice(0, 100));
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot use the image: it is for ${shown}, not for linux/amd64`,
  );
}
