import t from 'tap';
import { parseRate } from '../../../../scripts/bench/traffic.mjs';

const output = `Running 1s test @ http://127.0.0.1:8080/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   150.21us  101.10us   4.15ms   96.10%
    Req/Sec    95.34k     4.11k  101.85k    72.73%
  104319 requests in 1.10s, 16.81MB read
Requests/sec:  94837.12
Transfer/sec:     15.28MB
`;

t.test('parseRate: what wrk prints at its end', async (t) => {
  t.equal(parseRate(output), 94_837.12);
});

t.test('parseRate: a rate of requests that failed is none', async (t) => {
  t.throws(() => parseRate(`${output}  Non-2xx or 3xx responses: 5\n`), /wrk met errors/);
  t.throws(() => parseRate(`  Socket errors: connect 16, read 0, write 0, timeout 0\n${output}`));
  t.throws(() => parseRate('unable to connect to 127.0.0.1:8080 Connection refused\n'), /refused/);
});
