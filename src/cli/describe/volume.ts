import type { Volume } from 'kubernetes-types/core/v1.js';
import { type Sheet, sheet } from './sheet.js';

/** A volume and where it is from, in kubectl's words; of a source it has no words for, the fields themselves. */
export function describeVolume({ name: _name, ...source }: Volume): Sheet {
  const { emptyDir, hostPath, configMap, secret } = source;
  if (emptyDir !== undefined)
    return sheet({
      Type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
      Medium: emptyDir.medium ?? '',
      SizeLimit: emptyDir.sizeLimit === undefined ? '<unset>' : String(emptyDir.sizeLimit),
    });
  if (hostPath !== undefined)
    return sheet({
      Type: 'HostPath (bare host directory volume)',
      Path: hostPath.path,
      HostPathType: hostPath.type ?? '',
    });
  if (configMap !== undefined)
    return sheet({ Type: 'ConfigMap (a volume populated by a ConfigMap)', Name: configMap.name ?? '' });
  if (secret !== undefined)
    return sheet({ Type: 'Secret (a volume populated by a Secret)', SecretName: secret.secretName ?? '' });
  const [type = 'EmptyDir', fields = {}] = Object.entries(source)[0] ?? [];
  return sheet({ Type: type, Source: JSON.stringify(fields) });
}
