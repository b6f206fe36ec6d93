// Fills the markup of templates/verify/result.html with a report. The same rules as src/web/verify/view.rs.

const TONES = {
  valid: 'ok', altered: 'bad', not_in_log: 'bad', revoked: 'bad',
  replaced: 'warn', unknown_issuer: 'warn', incomplete: 'warn', not_a_certificate: 'warn',
};
const ZONES = { WIB: 'Asia/Jakarta', WITA: 'Asia/Makassar', WIT: 'Asia/Jayapura' };

const dashed = (word) => word.replace(/_/g, '-');

/** Everything that is shown of a check. */
export class Shower {
  constructor({ words, lang }) {
    this.words = words;
    this.lang = lang;
    this.results = document.getElementById('results');
    this.template = document.getElementById('result-template');
  }

  word(key) {
    return this.words[`verify-${key}`];
  }

  clear() {
    this.results.replaceChildren();
  }

  /** Shows one result instead of the one before; returns its slots. */
  put({ tone, headline, means, checks, facts, compare, text }) {
    const slot = this.fresh();
    slot('tone').className = `notice notice--${tone}`;
    slot('headline').textContent = headline;
    slot('means').textContent = means;
    for (const [mark, label] of checks) {
      const item = document.createElement('li');
      item.className = `checks__${mark}`;
      item.textContent = label;
      slot('checks').append(item);
    }
    slot('checks').hidden = checks.length === 0;
    for (const [label, value] of facts) {
      const term = document.createElement('dt');
      const detail = document.createElement('dd');
      term.textContent = label;
      detail.textContent = value;
      slot('facts').append(term, detail);
    }
    slot('card').hidden = facts.length === 0;
    slot('compare').hidden = !compare;
    this.text(slot, text);
    return slot;
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

  focus() {
    const headline = document.getElementById('verdict');
    if (headline) headline.focus({ preventScroll: true });
    this.results.scrollIntoView({ block: 'start' });
  }

  /** `status`: the issuer's answer about the pledge, where there is one. */
  report(report, status, text) {
    const key = `verdict-${dashed(report.verdict)}`;
    this.put({
      tone: TONES[report.verdict],
      headline: this.word(key),
      means: this.word(`${key}-means`),
      checks: report.claims ? this.checks(report) : [],
      facts: report.claims ? this.facts(report, status) : [],
      compare: Boolean(report.claims),
      text,
    });
  }

  checks({ verdict, revocation, log, page }) {
    const standing = { revoked: ['bad', 'revoked'], replaced: ['warn', 'replaced'], not_in_log: ['bad', 'missing'] };
    const checked = standing[verdict] || ['ok', 'active'];
    const found = [
      ['ok', 'signature'],
      revocation === 'checked' ? checked : ['warn', 'not-checked'],
      log === 'proven' ? ['ok', 'log-proven'] : ['warn', 'log-not-checked'],
    ];
    const pages = { sealed: 'ok', unsealed: 'warn', altered: 'bad' };
    if (pages[page]) found.push([pages[page], `page-${page}`]);
    return found.map(([mark, word]) => [mark, this.word(`check-${word}`)]);
  }

  facts({ claims, issuer }, status) {
    const event = status && status.campaign;
    const zone = event && event.zone in ZONES ? event.zone : 'WIB';
    const rows = [
      ['name', claims.name],
      ['number', `•••• ${claims.last4}`],
      // A credential carries the code alone.
      ['institution', status ? status.institution : this.word('institution-code').replace('#', claims.institution)],
      ['kind', this.word(`kind-${dashed(claims.kind)}`)],
      ['event', event ? event.title : null],
      ['signed', this.time(claims.signed_at, zone)],
      ['method', this.word(`method-${dashed(claims.method)}`)],
      ['serial', claims.serial],
      ['issuer', issuer],
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
    const key = `verdict-${dashed(report.verdict)}`;
    const claims = report.claims;
    const own = { valid: ['recorded', 'recorded-means'], not_in_log: [key, 'serial-unknown-means'] };
    const [headline, means] = own[report.verdict] || [key, `${key}-means`];
    const date = (on) => new Intl.DateTimeFormat(this.lang === 'en' ? 'en-GB' : 'id-ID', {
      dateStyle: 'long', timeZone: 'UTC',
    }).format(new Date(`${on}T00:00:00Z`));
    const facts = claims
      ? [['serial', claims.serial], ['initials', claims.initials], ['institution', claims.institution], ['date', date(claims.signed_on)]]
      : [];
    this.put({
      tone: TONES[report.verdict],
      headline: this.word(headline),
      means: this.word(means),
      checks: [],
      facts: facts.map(([fact, value]) => [this.word(`fact-${fact}`), value]),
      compare: false,
      text: null,
    });
  }
}
