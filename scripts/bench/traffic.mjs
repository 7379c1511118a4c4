import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOrThrow } from '../run.mjs';
import { median } from './measure.mjs';

const rounds = 5;
const startMs = 300;
const hostPort = 8081;
const publishedPort = 8080;
const hostAddress = '198.51.100.1';
/** One thread: the other CPU is left to nginx. */
const wrk = ['wrk', '--threads', '1', '--connections', '16', '--duration', '1s'];

function nginxConf(directory, port) {
  return `daemon off;
worker_processes 1;
pid ${directory}/pid;
error_log stderr crit;
events {}
http {
  access_log off;
  server { listen ${port}; location / { return 200 "a short page\\n"; } }
}
`;
}

/** A network namespace, as words that begin a command line there. */
function inNetworkOf(pid) {
  return ['nsenter', `--net=/proc/${pid}/ns/net`];
}

async function startNginx(directory, { words, port }) {
  await mkdir(directory);
  const conf = join(directory, 'nginx.conf');
  await writeFile(conf, nginxConf(directory, port));
  return start([...words, 'nginx', '-p', directory, '-c', conf]);
}

function start([program, ...args]) {
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Another host: a network namespace at the other end of a cable. */
async function startNeighbour() {
  const child = start(['unshare', '--net', 'sleep', '3600']);
  await sleep(startMs);
  const words = inNetworkOf(child.pid);
  const commands = [
    ['ip', 'link', 'add', 'bench0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(child.pid)],
    ['ip', 'address', 'add', `${hostAddress}/24`, 'dev', 'bench0'],
    ['ip', 'link', 'set', 'bench0', 'up'],
    [...words, 'ip', 'address', 'add', '198.51.100.2/24', 'dev', 'eth0'],
    [...words, 'ip', 'link', 'set', 'eth0', 'up'],
  ];
  for (const [program, ...args] of commands) await runOrThrow(program, args, { capture: true });
  return { child, words };
}

async function requestsPerSecond(words, url) {
  const [program, ...args] = [...words, ...wrk, url];
  const output = await runOrThrow(program, args, { capture: true });
  return parseRate(output);
}

/**
 * Requests a second, as wrk prints them at its end. Throws when any of them failed.
 * @param {string} output
 */
export function parseRate(output) {
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1];
  if (rate === undefined || /Non-2xx|Socket errors/.test(output))
    throw new Error(`wrk met errors:\n${output}`);
  return Number(rate);
}

/** In turn, so that both sides of a ratio come from the same moment. */
async function compare(label, { words, address }) {
  const [pod, host] = [[], []];
  for (let round = 0; round < rounds; round++) {
    pod.push(await requestsPerSecond(words, `http://${address}:${publishedPort}/`));
    host.push(await requestsPerSecond(words, `http://${address}:${hostPort}/`));
  }
  const ratios = pod.map((value, index) => value / host[index]);
  return { label, pod: median(pod), host: median(host), ratios };
}

/**
 * Requests a second of nginx in a pod's network through a published port, and of the same nginx on the host.
 * @param {import('./library.mjs').Library} library
 * @param {string} directory
 * @returns {Promise<{label: string, pod: number, host: number, ratios: number[]}[]>}
 */
export async function measureTraffic(library, directory) {
  const ports = [{ protocol: 'TCP', hostPort: publishedPort, containerPort: 80 }];
  const pod = await library.createAttached(ports);
  const children = [];
  try {
    const inPod = inNetworkOf(pod.pid);
    children.push(await startNginx(join(directory, 'nginx-pod'), { words: inPod, port: 80 }));
    children.push(await startNginx(join(directory, 'nginx-host'), { words: ['env'], port: hostPort }));
    const neighbour = await startNeighbour();
    children.push(neighbour.child);
    await sleep(startMs);
    return [
      await compare('from another host', { words: neighbour.words, address: hostAddress }),
      await compare('from the host, by localhost', { words: ['env'], address: '127.0.0.1' }),
    ];
  } finally {
    for (const child of children) await stop(child);
    await pod.remove();
  }
}
