// The characters that drive a terminal: C0 but tab and newline, DEL, C1.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const controls = /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/**
 * Text that cannot drive a terminal: control characters become `\x1b`. Tabs and line ends stay. What containers and
 * images say of themselves passes through here before it reaches a terminal.
 */
export function escapeControls(text: string): string {
  return text.replace(controls, escapeCharacter);
}

/** As `escapeControls`, and on one line: for cells of a table. */
export function escapeCell(text: string): string {
  return escapeControls(text).replace(/[\t\r\n]/g, escapeCharacter);
}

const names: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return names[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
