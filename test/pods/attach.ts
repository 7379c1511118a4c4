import t from 'tap';
import { Follower } from './fixtures/follow.js';
import { pod, script } from './fixtures/manifest.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

t.test("attach connects to a container's main process", { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const echo = script('while read line; do echo "got $line"; [ "$line" = end ] && exit 4; done', {
      stdin: true,
    });
    await peapod.apply(pod('web', [echo], { restartPolicy: 'Never' }));

    const first = new Follower(peapod.start(['attach', '-i', 'web'], { stdin: 'pipe' }));
    first.process.stdin?.write('one\n');
    await first.sees(/got one\n/);
    const watcher = new Follower(peapod.start(['attach', 'web'], { stdin: 'ignore' }));
    const second = new Follower(peapod.start(['attach', '-i', 'web'], { stdin: 'pipe' }));
    second.process.stdin?.write('two\n');
    await first.sees(/got two\n/);
    await second.sees(/got two\n/);
    await first.interrupt();
    t.equal((await peapod.get('web')).status?.phase, 'Running', 'who lets go does not end it');

    second.process.stdin?.write('end\n');
    t.equal((await second.process).exitCode, 4, "the container's own exit code");
    t.equal((await watcher.process).exitCode, 4);
    t.equal(await peapod.ok('logs', 'web'), 'got one\ngot two\ngot end', 'the log has it all');
    t.match(await peapod.run(['attach', 'web']), { status: 125, stderr: /not running/ });
  });
});
