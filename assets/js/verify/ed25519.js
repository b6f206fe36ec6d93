// Checks an Ed25519 signature: with the browser's own code where it has it (secure pages only), else with a vendored
// library that also runs on a page without TLS.

let checker;

/** Chooses the code to check with, once; the library is then loaded while there is still a network. */
export function prepare(publicKey) {
  if (!checker) checker = choose(publicKey);
  return checker;
}

async function choose(publicKey) {
  const subtle = globalThis.crypto && globalThis.crypto.subtle;
  const own = (key) => subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
  if (subtle) {
    try {
      await own(publicKey);
      return async (key, message, signature) => subtle.verify({ name: 'Ed25519' }, await own(key), signature, message);
    } catch (error) {
      // This browser doesn't know Ed25519; the library does.
    }
  }
  const ed = await import('../../vendor/noble-ed25519-3.2.0/index.js');
  const { sha512 } = await import('../../vendor/noble-hashes-2.4.0/sha2.js');
  ed.hashes.sha512 = sha512;
  // Strict: the rules of RFC 8032, not the looser ones of ZIP 215.
  return (key, message, signature) => ed.verify(signature, message, key, { zip215: false });
}

/** Whether the signature holds under the public key (32 bytes). */
export async function verify(publicKey, message, signature) {
  const check = await prepare(publicKey);
  return check(publicKey, message, signature);
}
