/** What a manifest may cost: beyond these it is refused before any work is spent on it. */
export const limits = {
  /** Bytes of UTF-8, as much as Kubernetes' own store takes. */
  bytes: 1024 * 1024,
  /** Lists and mappings inside each other. */
  depth: 64,
  /** Uses of anchors in one document, those inside an expanded anchor each time again. */
  aliases: 100,
  /** Values after aliases are expanded, over all documents. */
  nodes: 20_000,
  /** Words, signs and line ends of YAML: bounds the parser's time. */
  lexemes: 100_000,
  /** Syntax errors and directives: each costs the parser as much as many values do. */
  suspectTokens: 100,
  /** Documents of one text. */
  documents: 1000,
  /** Containers of all kinds in one pod. */
  containers: 64,
  /** Problems kept for the report; more are only counted. */
  problems: 1000,
  /** Characters of a user's text that a message repeats. */
  quoted: 80,
} as const;
