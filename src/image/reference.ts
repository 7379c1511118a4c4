import { PeapodError } from '../errors.js';

/** A name for an image, normalised: always a registry and, unless a digest is given, a tag. */
export interface Reference {
  /** Host, with its port if any: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path in the registry, with its namespace: `library/nginx`. */
  readonly repository: string;
  /** Undefined only when a digest was given without one. */
  readonly tag: string | undefined;
  /** `sha256:<64 hex digits>` or `sha512:<128>`. */
  readonly digest: string | undefined;
}

const defaultRegistry = 'docker.io';
const defaultNamespace = 'library';
const defaultTag = 'latest';
const maxNameLength = 255;

const hostPattern =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const imageIdPattern = /^[0-9a-f]{64}$/;

/**
 * Reads a reference as Docker's users write it: `nginx`, `busybox:1.36`, `localhost:5000/app@sha256:…`.
 * The first component is a registry only if it has a dot, a colon or a capital, or is `localhost`.
 * Throws PEAPOD_IMAGE_INVALID.
 */
export function parseReference(text: string): Reference {
  if (imageIdPattern.test(text)) throw invalid(text, 'it looks like an image id, which cannot be a name');
  const [named, digest] = cut(text, text.indexOf('@'));
  if (digest !== undefined && !digestPattern.test(digest)) {
    throw invalid(
      text,
      'what follows "@" is no digest',
      'A digest is "sha256:" and 64 lowercase hex digits.',
    );
  }
  const [name, tag] = cut(named, tagStart(named));
  if (tag !== undefined && !tagPattern.test(tag)) {
    throw invalid(text, `"${tag}" is no tag`, 'A tag has at most 128 letters, digits, "_", "." and "-".');
  }
  const { registry, repository } = splitRegistry(name);
  checkName(text, registry, repository);
  return { registry, repository, tag: tag ?? (digest === undefined ? defaultTag : undefined), digest };
}

/** The full form, for example `docker.io/library/nginx:latest`; {@link parseReference} reads it back equal. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/**
 * The short form Docker shows: without the default registry and namespace, for example `nginx:1.27`. A repository whose
 * first component looks like a registry keeps them, so that {@link parseReference} reads this back equal, too.
 */
export function familiarName(reference: Reference): string {
  const { registry, repository } = reference;
  const [first = '', second, ...more] = repository.split('/');
  if (registry !== defaultRegistry || looksLikeRegistry(first)) return formatReference(reference);
  const isDefault = first === defaultNamespace && second !== undefined && more.length === 0;
  return `${isDefault ? second : repository}${suffix(reference)}`;
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function cut(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A colon before the last slash belongs to the registry's port. */
function tagStart(named: string): number {
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/') ? colon : -1;
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isRegistry = looksLikeRegistry(first);
  const registry = isRegistry ? first : defaultRegistry;
  const repository = isRegistry ? name.slice(slash + 1) : name;
  if (registry !== defaultRegistry && registry !== 'index.docker.io') return { registry, repository };
  const needsNamespace = !repository.includes('/');
  return {
    registry: defaultRegistry,
    repository: needsNamespace ? `${defaultNamespace}/${repository}` : repository,
  };
}

function looksLikeRegistry(component: string): boolean {
  return component === 'localhost' || /[.:A-Z]/.test(component);
}

function checkName(text: string, registry: string, repository: string): void {
  if (!hostPattern.test(registry)) throw invalid(text, `"${registry}" is no registry's name`);
  if (/[A-Z]/.test(repository)) throw invalid(text, 'a repository is written in lowercase');
  if (!repository.split('/').every((component) => componentPattern.test(component))) {
    throw invalid(text, 'a repository has lowercase letters, digits and single separators between them');
  }
  if (registry.length + 1 + repository.length > maxNameLength) {
    throw invalid(text, `the name is longer than ${maxNameLength} bytes`);
  }
}

function invalid(text: string, why: string, hint?: string): PeapodError {
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return new PeapodError(
    'PEAPOD_IMAGE_INVALID',
    `Cannot use image reference ${JSON.stringify(shown)}: ${why}`,
    {
      hint,
    },
  );
}
