// The page /v. A QR code is checked here, on this device; only its pledge id is sent, to ask how the pledge stands.

import { base64url, fromBase64url, readText, Refused, resembles } from './verify/credential.js';
import { prepare, verify } from './verify/ed25519.js';
import { verdictOf } from './verify/outcome.js';
import { hasCamera, readCamera, readPhoto } from './verify/scan.js';
import { Shower } from './verify/show.js';

const data = JSON.parse(document.getElementById('verify-data').textContent);
const shower = new Shower(data);
const element = (id) => document.getElementById(id);

/** A verdict without claims. */
const refused = (verdict) => ({ verdict, revocation: 'not_checked', log: 'not_checked', page: 'none', issuer: null });

/** Only the newest check may show its result. */
let turn = 0;

/** Runs a check; whether it is still the newest one when it ends. */
async function working(action) {
  turn += 1;
  const mine = turn;
  shower.clear();
  element('working').hidden = false;
  try {
    await action(() => mine === turn);
  } finally {
    if (mine === turn) element('working').hidden = true;
  }
  return mine === turn;
}

/** The verdict that bytes and keys give; no network is asked, unless somebody else may have the key. */
async function examine(text) {
  let credential;
  try {
    credential = readText(text);
  } catch (error) {
    if (error instanceof Refused) return refused(error.fault);
    throw error;
  }
  const compromised = data.jwks['ikrar:compromised'] || [];
  const keys = [...data.jwks.keys, ...compromised];
  const named = keys.filter((key) => key.kid === credential.kid);
  if (named.length === 0) {
    return refused(keys.some((key) => resembles(credential.kid, key.kid)) ? 'altered' : 'unknown_issuer');
  }
  for (const key of named) {
    if (await verify(fromBase64url(key.x), credential.message, credential.signature)) {
      const { claims, bytes } = credential;
      const report = { ...refused('valid'), issuer: data.jwks.issuer, claims, credential: base64url(bytes) };
      return compromised.includes(key) ? recorded(report) : report;
    }
  }
  return refused('altered');
}

/** Somebody else may have the key: the credential is genuine only where the issuer's records hold the same bytes. */
async function recorded(report) {
  const status = await standing(report);
  if (!status || status.status === 'not_in_log') return refused('unknown_issuer');
  return { ...report, revocation: 'checked', verdict: verdictOf(status.status, report.page) };
}

function checkText(text) {
  return working(async (current) => {
    const report = await examine(text);
    if (!current()) return;
    shower.report(report, null, null);
    shower.focus();
    await complete(report, current);
  });
}

/**
 * Adds what the issuer's records say of a genuine pledge: its standing, names, and the text that was signed. `file`: what
 * was checked, where it is a file.
 */
async function complete(report, current, file = null) {
  if (!report.claims) return;
  const status = await standing(report);
  if (!status || !current()) return;
  const found = { ...report };
  if (report.revocation !== 'checked') {
    found.revocation = 'checked';
    found.verdict = verdictOf(status.status, report.page);
  }
  const known = status.status === 'not_in_log' ? null : status;
  shower.report(found, known, null, file);
  if (!known) return;
  const text = await signedText(known, report.claims.text_hash);
  if (current() && text !== null) shower.report(found, known, text, file);
}

/**
 * The answer about a pledge; null without a network or when the issuer can't answer. `credential`, where it was read here,
 * is to be the recorded one: another one of the same pledge isn't in the records.
 */
async function standing({ claims, credential }) {
  try {
    const response = await fetch(`/c/${claims.pledge_id}.json`, { cache: 'no-store' });
    if (response.status === 404) return { status: 'not_in_log' };
    const status = response.ok ? await response.json() : null;
    return status && credential && status.credential !== credential ? { status: 'not_in_log' } : status;
  } catch (error) {
    return null;
  }
}

/** The text whose hash the credential carries; false when the server's isn't it, null when there is none. */
async function signedText(status, prefix) {
  try {
    const response = await fetch(`/api/v1/texts/${status.text_hash}`);
    if (!response.ok) return null;
    const bytes = new Uint8Array(await response.arrayBuffer());
    const hash = await sha256(bytes);
    const same = fromBase64url(prefix).every((byte, at) => byte === hash[at]);
    return same ? JSON.parse(new TextDecoder().decode(bytes)) : false;
  } catch (error) {
    return null;
  }
}

async function sha256(bytes) {
  if (globalThis.crypto && globalThis.crypto.subtle) {
    return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  }
  const library = await import('../vendor/noble-hashes-2.4.0/sha2.js');
  return library.sha256(bytes);
}

/** Asks the server; `fault` is the key of what to say when it can't answer. */
async function ask(type, body) {
  let response;
  try {
    response = await fetch('/api/v1/verify', { method: 'POST', headers: { 'content-type': type }, body });
  } catch (error) {
    return { fault: 'verify-offline' };
  }
  if (response.ok) return { report: await response.json() };
  const faults = { 413: 'error-too-large', 429: 'verify-too-many', 503: 'error-storage' };
  return { fault: faults[response.status] || 'error-internal' };
}

function fault(field, key) {
  const line = element(`${field}-fault`);
  line.textContent = key ? data.words[key] : '';
  line.hidden = !key;
  const holder = line.closest('.field');
  if (holder) holder.classList.toggle('field--bad', Boolean(key));
}

async function checkFile(file) {
  fault('file', null);
  // A file that is refused is a question too: no earlier verdict stays beside its fault.
  turn += 1;
  shower.clear();
  element('working').hidden = true;
  if (!file || file.size === 0) return fault('file', 'verify-file-fault');
  const named = (ending) => file.name.toLowerCase().endsWith(ending);
  if (file.type.startsWith('image/')) return checkPhoto(file);
  if (file.size > data.file_bytes_max) return fault('file', 'verify-file-fault');
  const type = file.type === 'application/pdf' || named('.pdf') ? 'application/pdf' : 'application/octet-stream';
  return working(async (current) => {
    const answer = await ask(type, file);
    if (!current()) return;
    if (answer.fault) return fault('file', answer.fault);
    shower.report(answer.report, null, null, file);
    shower.focus();
    await complete(answer.report, current, file);
  });
}

async function checkPhoto(file) {
  let texts = [];
  const isNewest = await working(async (current) => {
    texts = await readPhoto(file, current);
  });
  if (!isNewest) return;
  const own = texts.filter((text) => text.includes('/v#'));
  const codes = own.length > 0 ? own : texts;
  if (codes.length === 0) fault('file', 'verify-file-no-code');
  else if (codes.length === 1) checkText(codes[0]);
  else shower.choose(codes.map((text) => ({ label: codeLabel(text), choose: () => checkText(text) })));
}

/** Whose code it says it is; nothing of it is checked yet. Empty when it can't be read. */
function codeLabel(text) {
  try {
    const { name, last4 } = readText(text).claims;
    return `${name} (•••• ${last4})`;
  } catch (error) {
    return '';
  }
}

function checkSerial(serial) {
  fault('serial', null);
  return working(async (current) => {
    const answer = await ask('application/json', JSON.stringify({ serial }));
    if (!current()) return;
    if (answer.fault) return fault('serial', answer.fault === 'error-internal' ? 'verify-serial-fault' : answer.fault);
    shower.serial(answer.report);
    shower.focus();
  });
}

function checkFragment() {
  if (!/^#[0-9]{8,}/.test(location.hash)) return;
  const text = location.href;
  // The pledge's data stays out of the history and of what is shared by the address.
  history.replaceState(null, '', location.pathname + location.search);
  checkText(text);
}

function prepareCamera() {
  element('scan').hidden = !hasCamera();
  let closing = null;
  const show = (shown) => {
    element('scanner').hidden = !shown;
    element('scan-stop').hidden = !shown;
    element('scan-start').hidden = shown;
  };
  element('scan-start').addEventListener('click', async () => {
    const mine = new AbortController();
    closing = mine;
    fault('scan', null);
    show(true);
    let text = null;
    try {
      text = await readCamera(element('camera'), mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) fault('scan', 'verify-scan-denied');
    }
    if (closing === mine) show(false);
    if (text) checkText(text);
  });
  element('scan-stop').addEventListener('click', () => {
    closing.abort();
    show(false);
  });
}

element('file-form').addEventListener('submit', (event) => {
  event.preventDefault();
  checkFile(element('file').files[0]);
});
element('file').addEventListener('change', () => checkFile(element('file').files[0]));
element('serial-form').addEventListener('submit', (event) => {
  event.preventDefault();
  checkSerial(element('serial').value);
});
addEventListener('hashchange', checkFragment);
prepareCamera();
prepare(fromBase64url(data.jwks.keys[0].x)).catch(() => {});
checkFragment();
