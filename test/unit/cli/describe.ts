import t from 'tap';
import { describePod } from '../../../src/cli/describe/pod.js';
import { webPod } from '../fixtures/pods.js';

const now = Date.parse('2026-01-01T00:10:00Z');

const golden = `Name:         web
Namespace:    default
UID:          uid-of-web
Node:         host1
Start Time:   2026-01-01T00:00:00Z
Labels:       app=web
              tier=front
Annotations:  <none>
Status:       Running
IP:           10.88.0.2
IPs:
  IP:  10.88.0.2
Init Containers:
  setup:
    Container ID:
    Image:          busybox
    Image ID:
    Port:           <none>
    Host Port:      <none>
    Command:        sh
                    -c
                    echo one
                    echo two
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
      Started:      2026-01-01T00:00:01Z
      Finished:     2026-01-01T00:00:02Z
    Ready:          True
    Restart Count:  0
    Environment:    <none>
    Mounts:         <none>
Containers:
  nginx:
    Container ID:   peapod://1
    Image:          nginx
    Image ID:       sha256:abc
    Port:           80/TCP
    Host Port:      0/TCP
    State:          Running
      Started:      2026-01-01T00:01:00Z
    Last State:     Terminated
      Reason:       Error
      Exit Code:    137
      Started:      2026-01-01T00:00:03Z
      Finished:     2026-01-01T00:00:59Z
    Ready:          True
    Restart Count:  1
    Limits:
      memory:  64Mi
    Environment:    <none>
    Mounts:         /html from html (ro)
  busybox:
    Container ID:
    Image:          busybox
    Image ID:       sha256:def
    Port:           <none>
    Host Port:      <none>
    Args:           sleep
                    1h
    State:          Running
      Started:      2026-01-01T00:00:04Z
    Ready:          True
    Restart Count:  0
    Environment:
      A:  b
    Mounts:         <none>
Conditions:
  Type              Status
  Initialized       True
  Ready             True
  ContainersReady   True
Volumes:
  html:
    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:     Memory
    SizeLimit:  <unset>
  src:
    Type:          HostPath (bare host directory volume)
    Path:          /srv
    HostPathType:
QoS Class:  BestEffort
Events:
  Type      Reason    Age                From            Message
  ----      ------    ---                ----            -------
  Normal    Started   9m56s              peapod, nginx   Started container nginx
  Warning   BackOff   10s (x3 over 5m)   peapod          Back-off restarting \\x1b[31m`;

t.test('a pod is described as kubectl would', async (t) => {
  const events = [
    {
      type: 'Normal',
      reason: 'Started',
      message: 'Started container nginx',
      field: 'spec.containers{nginx}',
      firstAt: '2026-01-01T00:00:04Z',
      lastAt: '2026-01-01T00:00:04Z',
      count: 1,
    },
    {
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting \x1b[31m',
      field: '',
      firstAt: '2026-01-01T00:05:00Z',
      lastAt: '2026-01-01T00:09:50Z',
      count: 3,
    },
  ] as const;
  t.equal(describePod(webPod(), { events, ports: [] }, now), golden);
});

t.test('ports that lead to a pod are told, however they were published', async (t) => {
  const ports = [
    { protocol: 'TCP', hostPort: 8080, containerPort: 80 },
    { protocol: 'UDP', hostPort: 53, containerPort: 53, hostIP: '::1' },
  ] as const;
  const text = describePod(webPod(), { events: [], ports }, now);
  t.match(text, /^Ports: {8}80\/tcp -> 0\.0\.0\.0:8080\n {14}53\/udp -> \[::1\]:53$/m);
});

t.test('a pod nothing is known of yet is described too', async (t) => {
  const text = describePod(
    { metadata: { name: 'new' }, spec: { containers: [{ name: 'c' }] } },
    { events: [], ports: [] },
    now,
  );
  t.match(text, /^Name: {9}new$/m);
  t.match(text, /State: {9,}Waiting/);
  t.match(text, 'Events:   <none>');
});
