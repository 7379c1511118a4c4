import fc from 'fast-check';
import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import { buildImage, encodeConfig } from '../../../src/image/build-image.js';
import { emptyConfig, type ImageConfig } from '../../../src/image/config.js';
import { parseConfig } from '../../../src/image/parse-config.js';

const diffId = `sha256:${'a'.repeat(64)}` as const;
const document = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } };

function parse(config: unknown, over: object = {}) {
  return parseConfig(Buffer.from(JSON.stringify({ ...document, config, ...over })));
}

const full: ImageConfig = {
  entrypoint: ['/e'],
  cmd: ['a', 'b'],
  env: ['A=1', 'B=two\nlines'],
  user: 'nginx:www',
  workingDir: '/srv',
  stopSignal: 'SIGQUIT',
  volumes: ['/data', '/log'],
  exposedPorts: ['80/tcp', '53/udp'],
  labels: { maintainer: 'somebody' },
};

t.test('parseConfig: reads what encodeConfig writes', async (t) => {
  t.same(parse(encodeConfig(full)).config, full);
  t.same(parse(encodeConfig(emptyConfig)).config, emptyConfig);
  t.same(parse(undefined).config, emptyConfig);
  t.same(parse({ Env: null, Cmd: null, Volumes: null, Labels: null, User: null }).config, emptyConfig);
  t.same(parse(undefined).diffIds, [diffId]);
});

t.test('parseConfig: an entry of Env without "=" takes nothing from the host, and is dropped', async (t) => {
  t.same(parse({ Env: ['SECRET', 'PATH=/bin', '=x', '*', 'A=1', 'PATH=/sbin', 'B='] }).config.env, [
    ...['PATH=/sbin', 'A=1', 'B='],
  ]);
});

t.test('parseConfig: paths are made plain', async (t) => {
  t.equal(parse({ WorkingDir: 'a/../b' }).config.workingDir, '/b');
  t.same(parse({ Volumes: { '/a//b/': {}, '/c/.': {} } }).config.volumes, ['/a/b', '/c']);
});

t.test('parseConfig: labels are cut, for they are only shown', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 700 }, (_, index) => [`l${index}`, 'x'.repeat(5000)]));
  const { labels } = parse({ Labels: many }).config;
  t.equal(Object.keys(labels).length, 500);
  t.equal(labels.l0?.length, 4096);
});

t.test('parseConfig: hostile types and values are refused with their place', async (t) => {
  const bad: [string, unknown][] = [
    ['Env', 'A=1'],
    ['Env[1]', ['A=1', 7]],
    ['Env[0]', ['A\nB=1']],
    ['Env[0]', ['A=\0']],
    ['Env', Array.from({ length: 1001 }, () => 'A=1')],
    ['Env[0]', [`A=${'x'.repeat(200_000)}`]],
    ['Entrypoint', { 0: '/bin/sh' }],
    ['Cmd[0]', [['/bin/sh']]],
    ['Cmd[0]', [null]],
    ['User', ['root']],
    ['User', 'a\0b'],
    ['WorkingDir', 7],
    ['StopSignal', 'SIGNOTHING'],
    ['StopSignal', 9],
    ['Volumes', ['/data']],
    ['Volumes', { relative: {} }],
    ['Volumes', { '/a/../../etc': {} }],
    ['Volumes', { '/': {} }],
    ['ExposedPorts', { '80/tcp; rm -rf /': {} }],
    ['ExposedPorts', '80'],
    ['Labels', ['a']],
    ['Labels.a', { a: 1 }],
  ];
  for (const [where, value] of bad) {
    const name = where.replace(/[[.].*/, '');
    t.throws(
      () => parse({ [name]: value }),
      {
        code: 'PEAPOD_IMAGE_INVALID',
        message: `config.config.${where}: `,
        details: { where: `config.config.${where}` },
      },
      `${where} ${JSON.stringify(value).slice(0, 40)}`,
    );
  }
  t.throws(() => parse({ env: ['A=1'] }), { message: /which some read as "Env"/ });
});

t.test('parseConfig: another machine’s image is refused by name', async (t) => {
  for (const over of [{ architecture: 'arm64' }, { os: 'windows' }]) {
    t.throws(() => parse({}, over), { code: 'PEAPOD_UNSUPPORTED', message: /windows|arm64/ });
  }
  for (const rootfs of [undefined, { type: 'other', diff_ids: [] }, { type: 'layers', diff_ids: ['../x'] }]) {
    t.throws(() => parse({}, { rootfs }), { code: 'PEAPOD_IMAGE_INVALID' });
  }
});

t.test('parseConfig: whatever comes is read or refused, never anything else', async () => {
  const names = [
    'Env',
    'Cmd',
    'Entrypoint',
    'User',
    'WorkingDir',
    'StopSignal',
    'Volumes',
    'ExposedPorts',
    'Labels',
  ];
  const config = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
  fc.assert(
    fc.property(config, (value) => {
      try {
        parse(value);
      } catch (error) {
        return error instanceof PeapodError;
      }
      return true;
    }),
  );
});

t.test('buildImage: the same parts are the same bytes', async (t) => {
  const layer = { digest: diffId, diffId, size: 1, mediaType: 'application/vnd.oci.image.layer.v1.tar' };
  const build = (created: string) => buildImage({ config: full, created, layer }).manifest();
  const first = await build('2024-01-01T00:00:00Z');
  t.same(await build('2024-01-01T00:00:00Z'), first);
  t.not((await build('2024-01-01T00:00:01Z')).digest, first.digest);
});
