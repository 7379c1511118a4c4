import {
  any,
  boolean,
  essentialLater,
  type Field,
  type Fields,
  object,
  quantity,
  refused,
  string,
  values,
} from './field.js';
import { configMapVolume, downwardVolume, projectedVolume, secretVolume } from './volume-files.js';

const emptyDir: Fields = {
  medium: string('Empty for the disk, Memory for a tmpfs that ends with the pod.', {
    default: '',
    format: 'medium',
  }),
  sizeLimit: quantity('The most it may hold; on disk not supported yet, only with medium Memory.'),
};

const hostPath: Fields = {
  path: string('The path on the host.', { required: true, format: 'hostPath' }),
  type: string('What must be there, or be made.', {
    default: '',
    values: values(
      '',
      'DirectoryOrCreate',
      'Directory',
      'FileOrCreate',
      'File',
      'Socket',
      'CharDevice',
      'BlockDevice',
    ),
  }),
};

const image: Fields = {
  reference: string('The image.', { format: 'image' }),
  pullPolicy: string('When the image is fetched.', { values: values('Always', 'IfNotPresent', 'Never') }),
};

const persistentVolumeClaim: Fields = {
  claimName: string('The claim.', { required: true }),
  readOnly: boolean('Nothing can be written to it.'),
};

const nfs: Fields = {
  server: string('The server.', { required: true }),
  path: string('The path it exports.', { required: true }),
  readOnly: boolean('Nothing can be written to it.'),
};

const gitRepo: Fields = {
  repository: string('The repository.', { required: true }),
  revision: string('The commit.'),
  directory: string('The directory to clone into.'),
};

/** Storage that only a cloud, a cluster or a driver that Kubernetes itself has dropped could mount. */
const clusterStorage: readonly (readonly [string, string])[] = [
  ['awsElasticBlockStore', 'A disk of Amazon Web Services.'],
  ['azureDisk', 'A disk of Azure.'],
  ['azureFile', 'A file share of Azure.'],
  ['cephfs', 'A Ceph file system.'],
  ['cinder', 'A disk of OpenStack.'],
  ['csi', 'A volume of a storage driver of the cluster.'],
  ['fc', 'A Fibre Channel disk.'],
  ['flexVolume', 'A volume of an exec based driver.'],
  ['flocker', 'A Flocker volume.'],
  ['gcePersistentDisk', 'A disk of Google Cloud.'],
  ['glusterfs', 'A Gluster volume.'],
  ['iscsi', 'An iSCSI disk.'],
  ['photonPersistentDisk', 'A disk of Photon Controller.'],
  ['portworxVolume', 'A Portworx volume.'],
  ['quobyte', 'A Quobyte volume.'],
  ['rbd', 'A RADOS block device.'],
  ['scaleIO', 'A ScaleIO volume.'],
  ['storageos', 'A StorageOS volume.'],
  ['vsphereVolume', 'A disk of vSphere.'],
];

function refuseStorage([name, about]: readonly [string, string]): [string, Field] {
  return [name, refused(any(about), 'it needs storage of a cloud or a cluster')];
}

const sources: Fields = {
  emptyDir: object(emptyDir, 'A directory that is empty when the pod starts and gone when it ends.'),
  hostPath: object(hostPath, 'A file or directory of the host.'),
  configMap: essentialLater(object(configMapVolume, 'Files from a ConfigMap.')),
  secret: essentialLater(object(secretVolume, 'Files from a Secret.')),
  projected: essentialLater(object(projectedVolume, 'Files from several objects in one directory.')),
  downwardAPI: essentialLater(object(downwardVolume, 'Files with facts about the pod.')),
  image: essentialLater(object(image, 'The files of an image, read-only.')),
  persistentVolumeClaim: essentialLater(
    object(persistentVolumeClaim, 'A claim of a volume that outlives the pod.'),
  ),
  ephemeral: essentialLater(any('A claim made for this pod.')),
  nfs: essentialLater(object(nfs, 'A file system of an NFS server.')),
  // Cloning ran hooks of the repository on the host (CVE-2024-10220).
  gitRepo: refused(
    object(gitRepo, 'A clone of a git repository.'),
    'Kubernetes removed it, as it ran code on the host',
  ),
  ...Object.fromEntries(clusterStorage.map(refuseStorage)),
};

export const volumeSources = Object.keys(sources);

export const volume: Fields = {
  name: string('Names the volume; unique in the pod.', { required: true, format: 'label' }),
  ...sources,
};
