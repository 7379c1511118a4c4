/** What a resolv.conf says, as far as libcs agree on it. */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** As written: `ndots:5`, `rotate`. */
  readonly options: readonly string[];
}

/** Name servers add up; of several lines with domains, or with options, the last counts. (kubelet's parseResolvConf.) */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && words[0] !== undefined) nameservers.push(words[0]);
    else if (keyword === 'search') searches = words.map(withoutFinalDot);
    else if (keyword === 'options') options = words;
  }
  return { nameservers, searches, options };
}

/** In the order the CRI runtimes write it: domains, servers, options; nothing for what there is none of. */
export function formatResolvConf({ nameservers, searches, options }: ResolvConf): string {
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function withoutFinalDot(domain: string): string {
  return domain === '.' ? domain : domain.replace(/\.$/, '');
}
