import { boolean, cluster, type Fields, integer, later, list, object, string, values } from './field.js';

/** User and group ids: the API server takes no more than 2^31 - 1. */
const id = { minimum: 0, maximum: 2_147_483_647 };

const runAs: Fields = {
  runAsUser: integer("The user id the processes run as; absent is the image's own.", id),
  runAsGroup: integer("The group id the processes run as; absent is the image's own.", id),
  runAsNonRoot: boolean('Refuse to start a container whose user is 0.'),
};

const seLinuxOptions = later(
  object(
    {
      level: string('The SELinux level.'),
      role: string('The SELinux role.'),
      type: string('The SELinux type.'),
      user: string('The SELinux user.'),
    },
    'The SELinux label of the processes.',
  ),
);

const windowsOptions = cluster(
  object(
    {
      gmsaCredentialSpec: string('The inlined specification of a Windows service account.'),
      gmsaCredentialSpecName: string('The name of a specification of a Windows service account.'),
      hostProcess: boolean('Run as a process of the Windows host.'),
      runAsUserName: string('The Windows user.'),
    },
    'Settings of Windows containers.',
  ),
  'for Windows only',
);

const profileFile = string('The file of the profile, for type Localhost.');

const seccompProfile = object(
  {
    type: string('Which system call filter applies.', {
      required: true,
      values: { Unconfined: 'supported', RuntimeDefault: 'later', Localhost: 'later' },
    }),
    localhostProfile: later(profileFile),
  },
  'The system calls the processes may make.',
);

const appArmorProfile = later(
  object(
    {
      type: string('Which AppArmor profile applies.', {
        required: true,
        values: values('Unconfined', 'RuntimeDefault', 'Localhost'),
      }),
      localhostProfile: profileFile,
    },
    'The AppArmor profile of the processes.',
  ),
);

const sysctl: Fields = {
  name: string('The parameter, for example net.ipv4.ip_local_port_range.', { required: true }),
  value: string('Its value.', { required: true }),
};

export const podSecurityContext: Fields = {
  ...runAs,
  supplementalGroups: list(integer('Further group ids of every first process.', id)),
  supplementalGroupsPolicy: string("Whether groups of the image's /etc/group are added.", {
    values: { Merge: 'supported', Strict: 'later' },
  }),
  fsGroup: later(integer('A group that owns the volumes and that every first process is in.', id)),
  fsGroupChangePolicy: later(
    string('When the ownership of volumes is changed.', { values: values('OnRootMismatch', 'Always') }),
  ),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions,
  seLinuxChangePolicy: cluster(string('How volumes get their SELinux label.')),
  sysctls: list(object(sysctl, 'Kernel parameters of the namespaces of the pod.')),
  windowsOptions,
};

/** A capability as the API names it, without CAP_; `ALL` stands for every one. */
const capability = { format: 'capability' } as const;

const capabilities: Fields = {
  add: list(string('Capabilities beyond the nine that every container has.', capability)),
  drop: list(string('Capabilities taken away, even if they are added as well.', capability)),
};

export const containerSecurityContext: Fields = {
  ...runAs,
  readOnlyRootFilesystem: boolean('Mount the root file system read-only; volumes stay as they are.'),
  allowPrivilegeEscalation: boolean(
    'True lets programs gain privileges by execve; else no_new_privs is set.',
  ),
  capabilities: object(capabilities, 'What root in the container may do.'),
  privileged: boolean('All capabilities and devices of the host.', {
    values: { false: 'supported', true: 'later' },
  }),
  procMount: string('Whether parts of /proc are masked and read-only.', {
    values: { Default: 'supported', Unmasked: 'later' },
  }),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions,
  windowsOptions,
};
