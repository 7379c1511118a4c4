/** What every hosted C test is compiled with; findings of the sanitizers end the program. */
export const compileFlags = [
  '-std=gnu11',
  '-D_GNU_SOURCE',
  '-g',
  '-O1',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Inative/core',
];

/** The folders a `native/test/test_*.c` is linked with: those of the first row whose pattern its name matches. */
export const linkedFolders = [
  { tests: /^test_plan/, folders: ['native/core'] },
  // Includes the program it tests: all of pause is in one file.
  { tests: /^test_pause/, folders: [] },
  { tests: /^test_unpack/, folders: ['native/unpack'] },
  { tests: /./, folders: ['native/core', 'native/monitor'] },
];

/** Files of these folders that hold a program's own entry point. */
export const entryPoints = ['native/monitor/main.c', 'native/unpack/main.c'];
