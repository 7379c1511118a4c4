/** A `$$`, or a `$(` up to the next `)`. */
const referencePattern = /\$(\$|\(([^)]*)\))/g;

/**
 * Replaces `$(NAME)` by the variable's value. `$$` is a `$` (so `$$(NAME)` is the text `$(NAME)`); a reference to
 * an unknown variable, and a `$(` without an end, stay as they are.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(referencePattern, (reference, rest: string, name: string | undefined) =>
    rest === '$' ? '$' : (variables.get(name ?? '') ?? reference),
  );
}

/** Names of the variables a text refers to that are not known. */
export function unknownReferences(text: string, variables: ReadonlyMap<string, string>): readonly string[] {
  const names = [...text.matchAll(referencePattern)].flatMap(([, , name]) => name ?? []);
  return names.filter((name) => !variables.has(name));
}
