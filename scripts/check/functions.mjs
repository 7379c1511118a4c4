/**
 * The functions of a TypeScript or JavaScript file with their lengths.
 * @param {typeof import('typescript')} ts
 * @param {{path: string, text: string}} file
 */
export function scriptFunctions(ts, { path, text }) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) found.push(measure(source, node, path));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function measure(source, node, path) {
  const line = (position) => source.getLineAndCharacterOfPosition(position).line;
  const start = line(node.getStart(source));
  const name =
    node.name?.getText(source) ?? node.parent.name?.getText(source) ?? `the function in line ${start + 1}`;
  return { name, path, lines: line(node.getEnd()) - start + 1 };
}

/**
 * The functions of a C or C++ file as clang-format leaves it: each ends with a `}` in the first column, and
 * begins with the last line before it that starts there and has a parenthesis.
 * @param {{path: string, text: string}} file
 */
export function nativeFunctions({ path, text }) {
  const found = [];
  let start;
  for (const [index, line] of text.split('\n').entries()) {
    const head = line.match(/^[A-Za-z_][^;=]*?(\w+)\(/);
    if (head) start = { index, name: head[1] };
    if (!line.startsWith('}')) continue;
    if (start) found.push({ name: start.name, path, lines: index - start.index + 1 });
    start = undefined;
  }
  return found;
}
