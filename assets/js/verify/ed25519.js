// Checks an Ed25519 signature: with the browser's own code where it has it (secure pages only), else with a vendored
// library that also runs on a page without TLS.

/** Whether the signature holds under the public key (32 bytes). */
export async function verify(publicKey, message, signature) {
  const subtle = globalThis.crypto && globalThis.crypto.subtle;
  if (subtle) {
    try {
      const key = await subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify']);
      return await subtle.verify({ name: 'Ed25519' }, key, signature, message);
    } catch (error) {
      // This browser doesn't know Ed25519; the library does.
    }
  }
  const ed = await import('../../vendor/noble-ed25519-3.2.0/index.js');
  const { sha512 } = await import('../../vendor/noble-hashes-2.4.0/sha2.js');
  ed.hashes.sha512 = sha512;
  // Strict: the rules of RFC 8032, not the looser ones of ZIP 215.
  return ed.verify(signature, message, publicKey, { zip215: false });
}
