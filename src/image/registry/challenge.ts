/** How a server wants to be asked, of its `WWW-Authenticate` (RFC 9110, 11.6.1): names in lowercase. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const parameterPattern = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;
const schemePattern = /^\s*([!#$%&'*+.^_`|~\w-]+)(?=\s|,|$)/;
const maxHeaderLength = 8192;

/** Reads a header with one challenge or several; what is malformed ends it. */
export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = (header ?? '').slice(0, maxHeaderLength);
  for (;;) {
    rest = rest.replace(/^[\s,]+/, '');
    const scheme = schemePattern.exec(rest);
    if (scheme === null) return challenges;
    const read = readParameters(rest.slice(scheme[0].length));
    challenges.push({ scheme: (scheme[1] as string).toLowerCase(), parameters: read.parameters });
    rest = read.rest;
  }
}

function readParameters(text: string): { parameters: Record<string, string>; rest: string } {
  const parameters: Record<string, string> = Object.create(null);
  let rest = text;
  for (;;) {
    const match = parameterPattern.exec(rest);
    if (match === null) return { parameters, rest };
    const [whole, name = '', quoted, token] = match;
    // Said twice, the first counts: nobody can tell which one another program would take.
    parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
    rest = rest.slice(whole.length).replace(/^\s*,/, '');
  }
}
