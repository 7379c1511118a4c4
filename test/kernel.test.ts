import { importTests } from './import-tests.js';

await importTests('kernel');
