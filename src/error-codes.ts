/**
 * Every code a PeapodError may carry, with what it means. docs/errors.md is generated from this table
 * (`npm run generate`); codes are never reused for another meaning.
 */
export const errorCodes = {
  PEAPOD_MANIFEST_INVALID: 'The manifest breaks the Pod API: details.problems lists each place.',
  PEAPOD_USAGE: 'The call or command line itself is wrong.',
  PEAPOD_NOT_FOUND: 'No pod, container or image has that name.',
  PEAPOD_CONFLICT: 'The name is taken, or the change asked for cannot be made to a living pod.',
  PEAPOD_ROOT_HELD: 'Another engine holds this root directory.',
  PEAPOD_LAUNCH_FAILED: 'A step of a launch plan failed: details has the step and the errno.',
  PEAPOD_LAUNCH_TIMEOUT: 'A launched process did not reach execve before its deadline.',
  PEAPOD_MONITOR_LOST: 'The monitor of a container cannot be reached.',
  PEAPOD_CONTAINER_CONFIG: 'The container cannot be made the way its manifest asks.',
  PEAPOD_CONTAINER_NOT_RUNNING: 'The container is not running.',
  PEAPOD_CONTAINER_FROZEN: 'The container is frozen: nothing can be started in it.',
  PEAPOD_SANDBOX_LOST: 'The pause process of a pod ended.',
  PEAPOD_NETWORK_UNAVAILABLE:
    'The network namespace that a pod is to join is not there or is none, or the host cannot be set up for pods.',
  PEAPOD_CNI_FAILED: 'A CNI plugin failed, or the configuration it was to run with is wrong.',
  PEAPOD_CGROUP_UNAVAILABLE: 'cgroup v2 is missing, or lacks what was asked.',
  PEAPOD_PORT_TAKEN: 'A port of the host is in use by another pod or by a process.',
  PEAPOD_FIREWALL_UNAVAILABLE:
    'The kernel lacks a part of nftables that published ports and masquerading take.',
  PEAPOD_FIREWALL_LOST: 'Somebody else removed the nftables tables of this root, or a part of them.',
  PEAPOD_IMAGE_INVALID: 'The image, archive or reference is malformed.',
  PEAPOD_IMAGE_MISSING: 'The image is not in the store, or its registry has none of that name.',
  PEAPOD_REGISTRY_UNAVAILABLE: 'A registry cannot be reached, or is not able to answer now.',
  PEAPOD_REGISTRY_DENIED: 'A registry refuses the credentials there are for it.',
  PEAPOD_REGISTRY_CONFIG: 'The configuration of registries, or the file of credentials, is wrong.',
  PEAPOD_VOLUME_UNREADABLE: 'A volume source is missing or of the wrong type.',
  PEAPOD_UNSUPPORTED: 'This version or this host cannot do that.',
  PEAPOD_DAEMON_UNREACHABLE: 'The daemon did not answer.',
  PEAPOD_TIMEOUT: 'The condition did not come true in the time given.',
  PEAPOD_PLAN_INVALID: 'A launch plan breaks a rule of its own format.',
  PEAPOD_STATE_CORRUPT: 'A record on disk cannot be read back.',
  PEAPOD_WATCH_LAGGED: 'A watcher read too slowly and missed changes.',
  PEAPOD_ADDRESSES_EXHAUSTED: "Every address of the pods' range is in use.",
  PEAPOD_ADDRESS_NOT_LOCAL: 'The address is none of this host.',
} as const;
