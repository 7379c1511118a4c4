import { boolean, essentialLater, type Fields, later, list, object, quantity, string } from './field.js';

const optional = boolean('Go on when it does not exist.');
const key = string('The key in it.', { required: true });

export const fieldRef: Fields = {
  apiVersion: string('The version the path is written for.', { default: 'v1', values: { v1: 'supported' } }),
  fieldPath: string('The field, for example metadata.name.', { required: true, format: 'fieldPath' }),
};

export const resourceFieldRef: Fields = {
  containerName: string('The container; absent is this one.'),
  divisor: quantity('The unit of the result.'),
  resource: string('The resource, for example limits.memory.', { required: true }),
};

const fileKeyRef: Fields = {
  volumeName: string('The volume that holds the file.', { required: true }),
  path: string('The file in the volume.', { required: true }),
  key,
  optional,
};

const keyRef: Fields = { name: string('The name of the object.'), key, optional };

const sources: Fields = {
  fieldRef: object(fieldRef, 'A field of the pod itself.'),
  resourceFieldRef: essentialLater(object(resourceFieldRef, 'A limit or request of a container.')),
  configMapKeyRef: essentialLater(object(keyRef, 'A key of a ConfigMap.')),
  secretKeyRef: essentialLater(object(keyRef, 'A key of a Secret.')),
  fileKeyRef: essentialLater(object(fileKeyRef, 'A key of a file in a volume.')),
};

const envVar: Fields = {
  name: string('The name of the variable.', { required: true, format: 'envName' }),
  value: string('Its value; $(NAME) stands for a variable set before it, $$ for a dollar sign.'),
  valueFrom: object(sources, 'Where its value comes from.', {
    choose: { of: Object.keys(sources), required: true },
  }),
};

const source: Fields = { name: string('The name of the object.'), optional };

const envFrom: Fields = {
  prefix: string('Goes before each name.'),
  configMapRef: object(source, 'All keys of a ConfigMap.'),
  secretRef: object(source, 'All keys of a Secret.'),
};

export const environment: Fields = {
  env: list(object(envVar, 'Environment variables, in order; a later one wins.')),
  envFrom: later(
    list(
      object(envFrom, 'Objects all of whose keys become variables.', {
        choose: { of: ['configMapRef', 'secretRef'], required: true },
      }),
    ),
  ),
};
