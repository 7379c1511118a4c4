/** Two spaces in, nothing at the ends of lines. */
export function indent(text: string): string {
  return text.replace(/^/gm, '  ').replace(/ +$/gm, '');
}
