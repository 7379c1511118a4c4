import { PeapodError } from '../../errors.js';
import { runProgram } from '../../kernel/run-program.js';
import { isObject } from '../document.js';
import type { Credential } from './credential.js';

/** Helpers may ask a service elsewhere. */
const timeoutMs = 60_000;
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** What a helper says in place of a user's name when its secret is a token. */
const tokenUser = '<token>';

/**
 * Asks `docker-credential-<name>` what it has for a server. Throws PEAPOD_REGISTRY_CONFIG when it fails, but not when
 * it has nothing.
 */
export async function askHelper(name: string, server: string): Promise<Credential | undefined> {
  if (!namePattern.test(name)) throw helperError(name, 'that is no name of a program');
  const program = `docker-credential-${name}`;
  const environment = Object.fromEntries(Object.entries(process.env).filter(isSet));
  const call = { program, arguments: ['get'], environment, input: server, timeoutMs };
  const { exitCode, isTimedOut, problem, stdout } = await runProgram(call);
  if (isTimedOut) throw helperError(name, `it did not end within ${timeoutMs / 1000} s`);
  if (problem !== undefined) throw helperError(name, problem);
  if (/credentials not found/i.test(stdout)) return undefined;
  // What it prints may be the secret: nothing of it is shown.
  if (exitCode !== 0) throw helperError(name, `it ended with ${exitCode ?? 'a signal'}`);
  return readAnswer(stdout) ?? refuse(name);
}

function readAnswer(stdout: string): Credential | undefined {
  const answer = parse(stdout);
  if (!isObject(answer)) return undefined;
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
  return username === tokenUser ? { identityToken: secret } : { username, password: secret };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(name: string): never {
  throw helperError(name, 'it does not say "Username" and "Secret"');
}

function isSet(member: [string, string | undefined]): member is [string, string] {
  return member[1] !== undefined;
}

function helperError(name: string, why: string): PeapodError {
  const message = `Cannot get credentials from docker-credential-${name}: ${why}`;
  return new PeapodError('PEAPOD_REGISTRY_CONFIG', message, {
    hint: 'It is named in the file of credentials, by "credHelpers" or "credsStore"',
    details: { helper: name },
  });
}
