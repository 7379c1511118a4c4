// A module of its own, so that commands load it only when they print YAML: bundled, a CommonJS package imported
// dynamically would have nothing but `default`.
export { parseAllDocuments, stringify } from 'yaml';
