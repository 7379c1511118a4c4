import t from 'tap';
import { proxyAuthorization, proxyFor } from '../../../../src/image/registry/proxy.js';

const proxy = 'http://proxy.example:3128';

function isProxied(url: string, noProxy: string): boolean {
  return proxyFor(new URL(url), { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy }) !== undefined;
}

t.test('proxyFor: the variable is that of the scheme, in either case', async (t) => {
  const secure = new URL('https://r.example');
  t.equal(proxyFor(secure, { HTTPS_PROXY: proxy })?.host, 'proxy.example:3128');
  t.equal(proxyFor(secure, { https_proxy: 'proxy.example:3128' })?.host, 'proxy.example:3128');
  t.equal(proxyFor(secure, { HTTP_PROXY: proxy }), undefined);
  t.equal(proxyFor(new URL('http://r.example'), { HTTP_PROXY: proxy })?.host, 'proxy.example:3128');
  t.throws(() => proxyFor(secure, { HTTPS_PROXY: 'socks5://proxy.example' }), /the proxy of HTTPS_PROXY/);
});

t.test('proxyFor: exceptions are hosts, domains, addresses and ranges', async (t) => {
  const cases: [string, string, boolean][] = [
    ['https://r.example', '', true],
    ['https://r.example', '*', false],
    ['https://r.example', 'r.example', false],
    ['https://r.example', 'a, R.EXAMPLE ,b', false],
    ['https://x.r.example', 'r.example', false],
    ['https://x.r.example', '.r.example', false],
    ['https://r.example', '.r.example', true],
    ['https://xr.example', 'r.example', true],
    ['https://r.example:5000', 'r.example:5000', false],
    ['https://r.example', 'r.example:443', false],
    ['https://r.example:5000', 'r.example:443', true],
    ['https://10.1.2.3', '10.1.0.0/16', false],
    ['https://10.2.2.3', '10.1.0.0/16', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3', '2.3', true],
    ['https://[fd00::1]', 'fd00::/8', false],
    ['https://[fd00::1]', '10.0.0.0/99', true],
    ['https://localhost:5000', '', false],
    ['http://127.0.0.1', '', false],
  ];
  for (const [url, noProxy, expected] of cases)
    t.equal(isProxied(url, noProxy), expected, `${url} "${noProxy}"`);
});

t.test('proxyAuthorization: a user of the address is said', async (t) => {
  t.equal(proxyAuthorization(new URL(proxy)), undefined);
  t.equal(proxyAuthorization(new URL('http://a:b%40@p')), `Basic ${Buffer.from('a:b@').toString('base64')}`);
});
