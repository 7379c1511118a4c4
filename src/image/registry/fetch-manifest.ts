import type { Descriptor } from '../descriptor.js';
import { type Digest, digestOf, isDigest } from '../digest.js';
import { maxDocumentBytes } from '../document.js';
import { documentKind, mediaTypes, parseIndex, selectPlatform } from '../manifest.js';
import type { SourceManifest } from '../source.js';
import { readWhole } from './body.js';
import { Failure } from './failure.js';
import type { HttpResponse } from './http-client.js';
import type { FetchLimits, Timing } from './limits.js';
import type { Question, Repository } from './repository.js';
import { retry } from './retry.js';

const accept = [
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
].join(', ');

/** An index may lead to an index, but not for ever. */
const maxDocuments = 3;

/** Who waits for an image that is here already must not wait long to hear that its registry is away. */
const maxAttempts = 3;

export interface ManifestQuestion {
  /** A tag or a digest. */
  readonly name: string;
  readonly limits: FetchLimits;
  readonly timing: Timing;
  readonly signal: AbortSignal | undefined;
}

/** Gets an image's manifest, of an index that for this machine. Rejects with a Failure, or as the parsers do. */
export async function fetchManifest(
  repository: Repository,
  question: ManifestQuestion,
): Promise<SourceManifest> {
  const first = await fetchDocument(repository, question);
  let document = first;
  for (let count = 1; documentKind(document.bytes, document.mediaType) === 'index'; count += 1) {
    if (count === maxDocuments) throw new Failure('invalid', 'its index leads to an index once more');
    const chosen = selectPlatform(parseIndex(document.bytes, document.mediaType));
    document = await fetchChosen(repository, chosen, question);
  }
  return document === first ? document : { ...document, indexDigest: first.digest };
}

/** The digest of what a tag names, an index perhaps, with as little traffic as possible. */
export async function fetchDigest(repository: Repository, question: ManifestQuestion): Promise<Digest> {
  const ask = async () => await repository.ask(manifestQuestion('HEAD', question));
  const { headers } = await retry(ask, maxAttempts, question);
  const digest = headers['docker-content-digest'];
  return isDigest(digest) ? digest : (await fetchDocument(repository, question)).digest;
}

async function fetchChosen(
  repository: Repository,
  { digest, size, mediaType }: Descriptor,
  question: ManifestQuestion,
): Promise<SourceManifest> {
  const document = await fetchDocument(repository, { ...question, name: digest });
  if (document.bytes.length !== size) {
    const why = `manifest ${digest} has ${document.bytes.length} bytes, its index says ${size}`;
    throw new Failure('invalid', why);
  }
  if (document.mediaType !== mediaType) {
    // The header must agree with the document, and so must the index, whose word counts.
    documentKind(document.bytes, document.mediaType);
  }
  return { ...document, mediaType };
}

async function fetchDocument(repository: Repository, question: ManifestQuestion): Promise<SourceManifest> {
  return await retry(async () => await receive(repository, question), maxAttempts, question);
}

async function receive(repository: Repository, question: ManifestQuestion): Promise<SourceManifest> {
  const { name, limits, signal } = question;
  const response = await repository.ask(manifestQuestion('GET', question));
  const mediaType = response.headers['content-type'] ?? '';
  if (/^text\/html\b/i.test(mediaType)) {
    response.body.destroy();
    throw new Failure('invalid', `${response.url.host} answers with a web page: it is no registry`);
  }
  const bytes = await readWhole(response, { maxBytes: maxDocumentBytes, patience: limits, signal });
  const digest = digestOf(bytes);
  checkDigest(response, digest);
  if (isDigest(name) && name !== digest) {
    throw new Failure('invalid', `${response.url.host} sends for ${name} what has digest ${digest}`);
  }
  return { bytes, mediaType, digest };
}

/** A server that does not know what it sends is not believed. */
function checkDigest({ headers, url }: HttpResponse, digest: Digest): void {
  const said = headers['docker-content-digest'];
  if (said === undefined || said === digest) return;
  const shown = JSON.stringify(String(said).slice(0, 100));
  throw new Failure('invalid', `${url.host} calls ${shown} what has digest ${digest}`);
}

function manifestQuestion(method: 'GET' | 'HEAD', { name, signal }: ManifestQuestion): Question {
  return { method, what: 'image', path: `manifests/${name}`, headers: { accept }, wanted: [200], signal };
}
