// The browser's verification modules against the committed vectors, in Node: every change of one digit is refused,
// every cut is noticed, and both signature checks agree.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const vector = (name) => JSON.parse(readFileSync(new URL(`tests/vectors/${name}.json`, root), 'utf8'));
const module = (path) => import(new URL(`assets/js/verify/${path}.js`, root));
const hex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));

const { fromDigits, digitsLength } = await module('digits');
const { readText, readCredential, resembles, fromBase64url } = await module('credential');
let { verify } = await module('ed25519');

const digits = vector('digits');
for (const pair of digits.pairs) {
  assert.deepEqual(fromDigits(pair.digits), { bytes: hex(pair.bytes), whole: true });
  assert.equal(digitsLength(hex(pair.bytes).length), pair.digits.length);
}
for (const refused of digits.refused) assert.equal(fromDigits(refused).whole, false, refused);

const { qr_text: text, claims, credential: bytes, jwks } = vector('credential');
const read = readText(text);
assert.deepEqual(readCredential(hex(bytes)), read);
assert.equal(read.kid, jwks.keys[0].kid);
assert.equal(read.claims.serial, claims.serial);
assert.equal(Date.parse(read.claims.signed_at), claims.iat * 1000);
assert.equal(read.claims.name, claims['-65537'][2]);
assert.equal(Buffer.from(read.claims.pledge_id, 'base64url').toString('hex'), claims.cti);

const { outcome, verdictOf, isVouchedFor } = await module('outcome');
for (const { outcome: { tone, headline }, ...report } of vector('outcomes').outcomes) {
  assert.deepEqual(outcome(report), { tone, headline }, JSON.stringify(report));
}
for (const page of ['sealed', 'extended', 'unsealed', 'altered', 'none', 'of a later version']) {
  assert.equal(verdictOf('valid', page), isVouchedFor(page) ? 'valid' : 'data_only');
  assert.equal(verdictOf('revoked', page), 'revoked');
}

const key = fromBase64url(jwks.keys[0].x);
const holds = (credential) => verify(key, credential.message, credential.signature);
const fault = (action) => {
  try {
    action();
    return null;
  } catch (error) {
    return error.fault;
  }
};

async function checkAll(step) {
  assert.equal(await holds(read), true);
  const start = text.indexOf('#') + 1;
  for (let at = start; at < text.length; at += step) {
    assert.equal(fault(() => readText(text.slice(0, at))), 'incomplete', `cut at ${at}`);
    const digit = (Number(text[at]) + 1 + (at % 9)) % 10;
    const changed = `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
    if (changed === text) continue;
    try {
      const other = readText(changed);
      if (other.kid === read.kid) assert.equal(await holds(other), false, `digit ${at}`);
      else assert.ok(resembles(other.kid, read.kid), `key id, digit ${at}`);
    } catch (error) {
      assert.equal(error.fault, 'altered', `digit ${at}: ${error}`);
    }
  }
}

assert.equal(fault(() => readText('halo')), 'not_a_certificate');
assert.equal(fault(() => readText('081234567890123456789012345678901234')), 'not_a_certificate');
await checkAll(1);

// A page without TLS has no crypto.subtle: the vendored library takes over.
const secure = globalThis.crypto;
Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues: secure.getRandomValues.bind(secure) }, configurable: true });
({ verify } = await import(new URL('assets/js/verify/ed25519.js?insecure', root)));
await checkAll(7);

for (const folder of ['noble-ed25519-3.2.0', 'noble-hashes-2.4.0', 'jsqr-1.4.0']) {
  const base = new URL(`assets/vendor/${folder}/`, root);
  for (const line of readFileSync(new URL('SHA256SUMS', base), 'utf8').trim().split('\n')) {
    const [sum, name] = line.split(/\s+/);
    assert.equal(createHash('sha256').update(readFileSync(new URL(name, base))).digest('hex'), sum, `${folder}/${name}`);
  }
}
console.log('verification modules: all vectors hold');
