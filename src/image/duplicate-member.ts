const tokenPattern = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g;

/**
 * The name of a member that an object of the text has twice: programs differ in which one counts, so that what one has
 * checked is not what another does. The text must be JSON.
 *
 * @returns undefined when there is none.
 */
export function findDuplicateMember(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(tokenPattern)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(string as string) as string;
      const members = objects.at(-1);
      if (members?.has(name)) return name;
      members?.add(name);
    }
  }
  return undefined;
}
