import { closeSync, fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { makePipe, makeSocketPair, setBlocking } from '../../kernel/descriptor-calls.js';
import { Descriptors } from '../../kernel/descriptors.js';
import { files } from '../../kernel/files.js';
import { type Launched, launch } from '../../kernel/launch.js';
import { executableFd } from '../../kernel/memfd.js';
import { signalProcess, waitForExit } from '../../kernel/pidfd.js';
import { encodeChecked } from '../../kernel/plan/encoded.js';
import { MessageSocket } from '../../kernel/socket.js';
import { buildJailPlan } from './build-jail-plan.js';
import { ANSWER_MAX_BYTES, type Answer, parseAnswer } from './commands.js';

/** How the unpacking process ended: what it said last, or nothing when it was killed before. */
export type JailEnd = Exclude<Answer, { type: 'mark' }> | { readonly type: 'died' };

/** A process that unpacks one layer, and sees nothing but it. */
export interface Jail {
  /** Where commands are written to. */
  readonly commandFd: number;
  /** Resolves once the process is gone and reaped. */
  readonly ended: Promise<JailEnd>;
  /** To be called once, when nobody writes any more. */
  closeCommands(): void;
  kill(): void;
}

/** Starts the process that makes what commands say in `directory`. Throws PEAPOD_LAUNCH_FAILED. */
export async function startJail(directory: string): Promise<Jail> {
  const theirs = new Descriptors();
  const ours = new Descriptors();
  try {
    const [commands, commandFd] = makePipe();
    theirs.keep(commands);
    ours.keep(commandFd);
    const [answers, answerFd] = makeSocketPair();
    theirs.keep(answerFd);
    ours.keep(answers);
    setBlocking(answerFd);
    const plan = encodeChecked(buildJailPlan(directory), 'addon');
    const launched = await launch(plan, { unpack: executableFd('unpack'), commands, answers: answerFd });
    return follow(launched, ours.release(answers), ours.release(commandFd));
  } finally {
    theirs.close();
    ours.close();
  }
}

function follow({ pidfd }: Launched, answers: number, commandFd: number): Jail {
  let isReaped = false;
  const exit = waitForExit(pidfd).finally(() => {
    isReaped = true;
    closeSync(pidfd);
  });
  return {
    commandFd,
    ended: Promise.all([listen(answers), exit]).then(([answer]) => answer),
    closeCommands: () => closeSync(commandFd),
    kill: () => {
      if (!isReaped) signalProcess(pidfd, constants.signals.SIGKILL);
    },
  };
}

/** Hears answers until the last one; the process closes the socket by ending. */
function listen(fd: number): Promise<JailEnd> {
  return new Promise((resolve) => {
    let last: JailEnd = { type: 'died' };
    const socket = new MessageSocket(fd, {
      maxBytes: ANSWER_MAX_BYTES,
      maxFds: 1,
      onClose: () => resolve(last),
      onMessage: ({ data, fds }) => {
        const answer = parseAnswer(data);
        if (answer?.type === 'mark') socket.send(markDirectory(answer.kind, fds[0]));
        else if (answer !== undefined) last = answer;
        fds.forEach(closeSync);
      },
    });
  });
}

/** What tells overlayfs that a directory hides what is below it, or that it has whiteouts. */
const marks = {
  opaque: { name: 'trusted.overlay.opaque', value: Buffer.from('y') },
  whiteout: { name: 'trusted.overlay.origin', value: Buffer.alloc(0) },
} as const;

/**
 * Setting these attributes takes CAP_SYS_ADMIN, which the process must not have. What it sends can only lie in the
 * layer: it has nothing else.
 */
function markDirectory(kind: keyof typeof marks, directoryFd: number | undefined): Buffer {
  const reply = Buffer.alloc(4);
  const { name, value } = marks[kind];
  try {
    if (directoryFd === undefined || !fstatSync(directoryFd).isDirectory()) throw new Error();
    files().setxattrat(directoryFd, '', name, value, 0);
  } catch (error) {
    reply.writeUInt32LE(Math.abs((error as NodeJS.ErrnoException).errno ?? constants.errno.EINVAL));
  }
  return reply;
}
