import { readFileSync } from 'node:fs';
import { Server } from './server.mjs';

/**
 * What the mount namespace of the peers lacks: crun and podman refuse a host with cgroup v1 and v2 side by side. With
 * real-time priority (docs/performance.md says why) nothing can be put into a cgroup of v1's cpu controller either,
 * which has no budget for it. For crun and runc that hierarchy is then missing; podman cannot do without, and finds
 * another one in its place.
 */
const script = `cd /sys/fs/cgroup
if mountpoint -q unified; then umount unified; fi
if [ "$1" = realtime ] && mountpoint -q cpu; then
  if [ "$2" = podman ]; then mount --bind cpuacct cpu; else umount cpu && mount -t tmpfs bench cpu; fi
fi
cd / && shift 2 && exec "$@"`;

/** Scheduling policies of sched(7) above all others, as field 41 of /proc/PID/stat has them: SCHED_FIFO and SCHED_RR. */
const realtimePolicies = ['1', '2'];

function schedulingClass() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
  return realtimePolicies.includes(policy) ? 'realtime' : 'normal';
}

/** Runs other programs and knows what each took, exec and wait and nothing else: see timed.c. */
export class Timer {
  #server;

  /**
   * @param {string} program the compiled timed.c
   * @param {'runtimes' | 'podman'} peers who will be run
   */
  constructor(program, peers) {
    this.#server = new Server('unshare', [
      '--mount',
      'sh',
      '-c',
      script,
      'sh',
      schedulingClass(),
      peers,
      program,
    ]);
  }

  /** Milliseconds that a program took; throws with what it printed unless it exits with 0. */
  async run(...argv) {
    const { status, elapsedMs, output } = await this.try(...argv);
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with status ${status}\n${output}`);
    return elapsedMs;
  }

  /** The same, for a program that may fail. */
  async try(...argv) {
    const bytes = Buffer.from(argv.map((argument) => `${argument}\0`).join(''));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    const [status, nanoseconds, outputBytes] = await this.#server.ask(Buffer.concat([size, bytes]));
    const output = await this.#server.read(outputBytes);
    return { status, elapsedMs: nanoseconds / 1e6, output };
  }

  close() {
    return this.#server.close();
  }
}
