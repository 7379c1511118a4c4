/** Version of the paths, bodies and frames. Client and daemon of different versions refuse each other. */
export const protocolVersion = '1';

/** Header that carries it, both ways. */
export const protocolHeader = 'peapod-protocol';

/** Name of the upgraded protocol of exec and attach. */
export const sessionProtocol = 'peapod-session';

/** What the daemon says of itself. */
export interface Ping {
  readonly version: string;
  readonly pid: number;
}

/** Streams of an opened session. */
export interface SessionStreams {
  readonly stdin: boolean;
  readonly stderr: boolean;
}
