import t from 'tap';
import { applyChange } from '../../../src/image/change.js';
import { emptyConfig } from '../../../src/image/config.js';

function apply(...lines: string[]) {
  return lines.reduce((config, line) => applyChange(config, line), emptyConfig);
}

t.test('change: CMD and ENTRYPOINT take the exec form and the shell form', async (t) => {
  t.same(apply('CMD ["nginx", "-g", "daemon off;"]').cmd, ['nginx', '-g', 'daemon off;']);
  t.same(apply('cmd nginx -g "daemon off;"').cmd, ['/bin/sh', '-c', 'nginx -g "daemon off;"']);
  t.same(apply('  ENTRYPOINT\t["/e"]  ').entrypoint, ['/e']);
  t.same(apply('CMD []').cmd, []);
  t.same(apply("CMD ['single']").cmd, ['/bin/sh', '-c', "['single']"], 'what is no JSON is for the shell');
  t.same(apply('CMD ["a"] b').cmd, ['/bin/sh', '-c', '["a"] b']);
  t.same(apply('CMD ["a", "$HOME"]').cmd, ['a', '$HOME'], 'nothing is expanded');
  t.same(apply('CMD a', 'ENTRYPOINT ["b"]', 'CMD c').cmd, ['/bin/sh', '-c', 'c'], 'the last one counts');
  t.throws(() => apply('CMD ["a", 1]'), { code: 'PEAPOD_USAGE' });
});

t.test('change: ENV takes pairs with quotes, and the old form', async (t) => {
  t.same(apply('ENV A=1 B="two words" C=three\\ words D=\'$A\'').env, [
    'A=1',
    'B=two words',
    'C=three words',
    'D=$A',
  ]);
  t.same(apply('ENV A all the  rest').env, ['A=all the  rest']);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is for the image's reader, not for JavaScript.
  t.same(apply('ENV A=1', 'ENV A=2 B=$A C=${A}x D=${A:-d} E=${E:-d} F=${A:+set} G=$nothing').env, [
    ...['A=2', 'B=1', 'C=1x', 'D=1', 'E=d', 'F=set', 'G='],
  ]);
  t.same(apply('ENV A=a=b').env, ['A=a=b']);
  t.same(apply('ENV A="say \\"hi\\"" B=""').env, ['A=say "hi"', 'B=']);
  for (const line of ['ENV', 'ENV A', 'ENV A=1 B', 'ENV =1', 'ENV A=${']) {
    t.throws(() => apply(line), { code: 'PEAPOD_USAGE' }, line);
  }
});

t.test('change: USER, WORKDIR and STOPSIGNAL', async (t) => {
  t.equal(apply('USER nginx:www').user, 'nginx:www');
  t.equal(apply('ENV U=bob', 'USER $U').user, 'bob');
  t.equal(apply('WORKDIR /a', 'WORKDIR b', 'WORKDIR ../c').workingDir, '/a/c');
  t.equal(apply('WORKDIR b').workingDir, '/b');
  t.equal(apply('STOPSIGNAL SIGQUIT').stopSignal, 'SIGQUIT');
  t.throws(() => apply('STOPSIGNAL SIGNOTHING'), { code: 'PEAPOD_USAGE' });
});

t.test('change: LABEL, EXPOSE and VOLUME', async (t) => {
  t.same(apply('LABEL a=1 b="two words"', 'LABEL a=2', 'LABEL c all the rest').labels, {
    ...{ a: '2', b: 'two words', c: 'all the rest' },
  });
  t.same(apply('ENV P=80', 'EXPOSE $P 53/udp', 'EXPOSE 80/tcp 8000-8010').exposedPorts, [
    ...['80/tcp', '53/udp', '8000-8010/tcp'],
  ]);
  t.same(apply('VOLUME ["/data", "/log/"]', 'VOLUME /data /srv//x').volumes, ['/data', '/log', '/srv/x']);
  for (const line of ['LABEL a', 'LABEL =1', 'EXPOSE http', 'EXPOSE 80/x', 'VOLUME data', 'VOLUME /a/../b']) {
    t.throws(() => apply(line), { code: 'PEAPOD_USAGE' }, line);
  }
});

t.test('change: other instructions are refused by name', async (t) => {
  for (const name of ['ONBUILD', 'HEALTHCHECK']) {
    t.throws(() => apply(`${name} x`), { code: 'PEAPOD_UNSUPPORTED', message: name }, name);
  }
  for (const line of ['RUN x', 'FROM scratch', '', 'constructor x', 'CMD', 'CMD a\nUSER b']) {
    t.throws(() => apply(line), { code: 'PEAPOD_USAGE' }, JSON.stringify(line));
  }
});
