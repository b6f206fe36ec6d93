// Fills the markup of templates/verify/result.html with a report. The same rules as src/web/verify/view.rs.

import { outcome } from './outcome.js';

const ZONES = { WIB: 'Asia/Jakarta', WITA: 'Asia/Makassar', WIT: 'Asia/Jayapura' };

const dashed = (word) => word.replace(/_/g, '-');

/** Everything that is shown of a check. */
export class Shower {
  constructor({ words, lang }) {
    this.words = words;
    this.lang = lang;
    this.results = document.getElementById('results');
    // What the page is for needn't be said beside a result, which should be seen whole.
    this.lead = document.getElementById('lead');
    this.template = document.getElementById('result-template');
  }

  word(key) {
    return this.words[`verify-${key}`];
  }

  clear() {
    this.results.replaceChildren();
    this.lead.hidden = false;
  }

  /** Shows one result instead of the one before; returns its slots. */
  put({ tone, headline, means, who = [], checks = [], facts, text = null, copy = null, extension = null }) {
    const slot = this.fresh();
    this.lead.hidden = true;
    slot('tone').className = `notice notice--${tone}`;
    slot('headline').textContent = headline;
    slot('means').textContent = means;
    this.list(slot('who'), who);
    slot('who').hidden = who.length === 0;
    slot('compare').hidden = who.length === 0;
    for (const [mark, label] of checks) {
      const item = document.createElement('li');
      item.className = `checks__${mark}`;
      item.textContent = label;
      slot('checks').append(item);
    }
    slot('checks').hidden = checks.length === 0;
    this.list(slot('facts'), facts);
    slot('card').hidden = facts.length === 0;
    this.text(slot, text);
    slot('sight').hidden = !copy;
    if (copy) slot('copy').href = copy;
    this.extension(slot, extension);
    return slot;
  }

  list(into, facts) {
    for (const [label, value] of facts) {
      const term = document.createElement('dt');
      const detail = document.createElement('dd');
      term.textContent = label;
      detail.textContent = value;
      into.append(term, detail);
    }
  }

  fresh() {
    const fragment = this.template.content.cloneNode(true);
    const section = fragment.querySelector('[data-slot="result"]');
    section.setAttribute('aria-labelledby', 'verdict');
    const slot = (name) => section.querySelector(`[data-slot="${name}"]`);
    slot('headline').id = 'verdict';
    this.results.replaceChildren(fragment);
    return slot;
  }

  /** `text`: a canonical text, null while there is none, or false when it isn't the one that was signed. */
  text(slot, text) {
    slot('text').hidden = text === null;
    if (text === false) slot('text-title').textContent = this.word('text-altered');
    if (!text) return;
    slot('text-title').textContent = text.title;
    for (const clause of text.clauses) {
      const item = document.createElement('li');
      item.textContent = clause.text;
      slot('clauses').append(item);
    }
  }

  /** Asks which of several codes to check: `{ label, choose }` each. */
  choose(codes) {
    const question = document.createElement('h2');
    question.textContent = this.word('photo-choose');
    const list = document.createElement('ol');
    list.className = 'stack stack--tight';
    for (const [at, code] of codes.entries()) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'button button--quiet';
      button.textContent = code.label || this.word('photo-code').replace('#', at + 1);
      button.addEventListener('click', code.choose);
      const item = document.createElement('li');
      item.append(button);
      list.append(item);
    }
    const section = document.createElement('section');
    section.className = 'card stack';
    section.id = 'choose';
    section.append(question, list);
    this.results.replaceChildren(section);
    list.querySelector('button').focus({ preventScroll: true });
    this.results.scrollIntoView({ block: 'start' });
  }

  /** What was added to a sealed file, and the file without it: `{ additions, original }`, or null. */
  extension(slot, extension) {
    slot('extension').hidden = extension === null;
    if (extension === null) return;
    for (const addition of extension.additions) {
      const item = document.createElement('li');
      item.textContent = addition;
      slot('additions').append(item);
    }
    const link = slot('original');
    link.href = URL.createObjectURL(extension.original);
    link.download = 'asli.pdf';
    slot('original-line').hidden = false;
  }

  focus() {
    const headline = document.getElementById('verdict');
    if (headline) headline.focus({ preventScroll: true });
    this.results.scrollIntoView({ block: 'start' });
  }

  /** `status`: the issuer's answer about the pledge, where there is one. `file`: what was checked, where it is a file. */
  report(report, status, text, file = null) {
    const { tone, headline } = outcome(report);
    const key = `verdict-${headline}`;
    this.put({
      tone,
      headline: this.word(key),
      means: this.word(`${key}-means`),
      who: report.claims ? this.who(report.claims, status) : [],
      checks: report.claims || report.verdict === 'document' ? this.checks(report) : [],
      facts: report.claims ? this.facts(report, status) : [],
      text,
      // Only beside what is known to be whole: else it would lend its looks to a file that isn't.
      copy: tone === 'ok' && status ? status.inspection_copy_url : null,
      extension: report.extension && file ? this.added(report.extension, file) : null,
    });
  }

  checks({ verdict, revocation, log, page }) {
    const standing = { revoked: ['bad', 'revoked'], replaced: ['warn', 'replaced'], not_in_log: ['bad', 'missing'] };
    const checked = standing[verdict] || ['ok', 'active'];
    const found = [];
    // A document has no pledge whose standing could be checked.
    if (verdict !== 'document') found.push(['ok', 'signature'], revocation === 'checked' ? checked : ['warn', 'not-checked']);
    // Every genuine certificate is without a proof for a while, so its absence is said among the facts.
    if (log === 'proven') found.push(['ok', 'log-proven']);
    const pages = { sealed: 'ok', extended: 'warn', unsealed: 'warn', altered: 'bad' };
    if (pages[page]) found.push([pages[page], `page-${page}`]);
    return found.map(([mark, word]) => [mark, this.word(`check-${word}`)]);
  }

  added({ additions, sealed_bytes: sealedBytes }, file) {
    const line = ({ kind, signer }) => {
      const what = this.word(`addition-${dashed(kind)}`);
      return signer ? this.word('addition-of').replace(/#[12]/g, (place) => (place === '#1' ? what : signer)) : what;
    };
    return { additions: additions.map(line), original: file.slice(0, sealedBytes, 'application/pdf') };
  }

  who(claims, status) {
    const rows = [
      ['name', claims.name],
      ['number', `•••• ${claims.last4}`],
      // A credential carries the code alone.
      ['institution', status ? status.institution : this.word('institution-code').replace('#', claims.institution)],
    ];
    return rows.map(([key, value]) => [this.word(`fact-${key}`), value]);
  }

  facts({ claims, issuer, log }, status) {
    const event = status && status.campaign;
    const zone = event && event.zone in ZONES ? event.zone : 'WIB';
    const rows = [
      ['kind', this.word(`kind-${dashed(claims.kind)}`)],
      ['event', event ? event.title : null],
      ['signed', this.time(claims.signed_at, zone)],
      ['method', this.word(`method-${dashed(claims.method)}`)],
      ['serial', claims.serial],
      ['issuer', issuer],
      ['proof', log === 'proven' ? null : this.word('proof-not-checked')],
    ];
    return rows.filter(([, value]) => value).map(([key, value]) => [this.word(`fact-${key}`), value]);
  }

  time(at, zone) {
    const format = new Intl.DateTimeFormat(this.lang === 'en' ? 'en-GB' : 'id-ID', {
      dateStyle: 'long', timeStyle: 'short', timeZone: ZONES[zone],
    });
    return `${format.format(new Date(at))} ${zone}`;
  }

  /** The answer for a certificate number. */
  serial(report) {
    const claims = report.claims;
    const own = {
      valid: ['ok', 'recorded', 'recorded-means'], revoked: ['bad', 'verdict-revoked', 'verdict-revoked-means'],
    };
    const [tone, headline, means] = own[report.verdict] || ['bad', 'verdict-not-in-log', 'serial-unknown-means'];
    const date = (on) => new Intl.DateTimeFormat(this.lang === 'en' ? 'en-GB' : 'id-ID', {
      dateStyle: 'long', timeZone: 'UTC',
    }).format(new Date(`${on}T00:00:00Z`));
    const facts = claims
      ? [['serial', claims.serial], ['initials', claims.initials], ['institution', claims.institution], ['date', date(claims.signed_on)]]
      : [];
    this.put({
      tone,
      headline: this.word(headline),
      means: this.word(means),
      facts: facts.map(([fact, value]) => [this.word(`fact-${fact}`), value]),
    });
  }
}
