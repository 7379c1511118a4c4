/** A network of pods of its own, with one that has many ports and one that has none. */
export class Ports {
  #network;
  #links;

  /**
   * @param {import('./library.mjs').Library} library
   * @param {{name: string, podCidr: string, count: number, firstPort: number}} options ports of the first pod
   */
  static async open({ waist, host }, { name, podCidr, count, firstPort }) {
    const { networkSettings, networkCursor } = host.paths;
    const network = new waist.PodNetwork({
      rootName: name,
      settings: waist.decideNetwork({ options: { podCidr, bridge: name }, rootName: name, pods: [] }),
      settingsPath: `${networkSettings}-${name}`,
      cursorPath: `${networkCursor}-${name}`,
      warn: (message) => process.emitWarning(message),
    });
    const ports = Array.from({ length: count }, (_, index) => tcp(firstPort + index));
    const links = [];
    for (const [podUid, published] of [
      ['full', ports],
      ['empty', []],
    ]) {
      const link = await network.link({ podUid, attempt: 0, ports: published });
      await link.open();
      links.push(link);
    }
    return new Ports(network, links, tcp(firstPort + count));
  }

  constructor(network, links, port) {
    this.#network = network;
    this.#links = links;
    this.port = port;
  }

  /** Publishes one more port: it is kept from others, and leads to the pod. */
  async sampleAdd() {
    const began = performance.now();
    await this.#network.setPorts('empty', [this.port]);
    const elapsedMs = performance.now() - began;
    await this.#network.setPorts('empty', []);
    return elapsedMs;
  }

  async close() {
    for (const link of this.#links) await link.close();
    for (const podUid of ['full', 'empty']) await this.#network.release({ podUid });
    await this.#network.close();
  }
}

function tcp(hostPort) {
  return { protocol: 'TCP', hostPort, containerPort: 80 };
}
