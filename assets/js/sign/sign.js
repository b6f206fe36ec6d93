// The signing page with a script: it keeps what was done, counts down, checks clauses before sending, and sends by itself.

import { countdown } from './countdown.js';
import { forget, load, save } from './keep.js';
import { notice, send, show } from './send.js';

const form = document.querySelector('[data-send]');
const box = document.querySelector('[data-countdown]');

if (form && form.dataset.send === 'enter') enter();
if (form && form.dataset.send === 'pledge') pledge();
const halted = document.querySelector('[data-look-after]');
if (halted) setTimeout(() => location.reload(), Number(halted.dataset.lookAfter) * 1000);
document.querySelectorAll('[data-leave]').forEach((leave) => leave.addEventListener('submit', forget));
// A page out of the browser's memory may belong to somebody who has left.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

function refused(told) {
  if (told.code === 'session_invalid') {
    location.assign(location.pathname + '?ulang');
    return;
  }
  if (['text_outdated', 'closed', 'cancelled'].includes(told.code) && form.dataset.send === 'pledge') {
    if (told.code === 'text_outdated') forget();
    location.reload();
    return;
  }
  // A fault on the server's side stands in its log under this number, which a help desk can ask for.
  const number = told.status >= 500 && told.request_id ? ' [' + told.request_id + ']' : '';
  notice(told.title || '', (told.detail || '') + number, 'bad');
  const place = told.place && document.getElementById(told.place);
  show(document.getElementById('pesan'));
  if (place && place.matches('input')) place.focus({ preventScroll: true });
}

function enter() {
  const number = document.getElementById('nomor');
  const code = document.getElementById('kode');
  const letters = form.querySelector('[data-letters]');
  const reveal = form.querySelector('[data-reveal]');

  letters.addEventListener('click', (event) => {
    event.preventDefault();
    if (number.inputMode === 'numeric') number.removeAttribute('inputmode');
    else number.inputMode = 'numeric';
    const words = letters.textContent;
    letters.textContent = letters.dataset.other;
    letters.dataset.other = words;
    number.focus();
  });

  reveal.hidden = false;
  code.classList.add('masked');
  reveal.addEventListener('click', () => {
    const masked = code.classList.toggle('masked');
    reveal.textContent = masked ? reveal.dataset.show : reveal.dataset.hide;
    reveal.setAttribute('aria-pressed', String(!masked));
  });

  // The slip's QR code carries the code behind `#`, which never reaches a server; it leaves the address at once.
  if (/^#[0-9A-Za-z-]{10,12}$/.test(location.hash)) {
    code.value = location.hash.slice(1);
    history.replaceState(null, '', location.pathname + location.search);
    number.focus();
  }
  if (box) countdown(box, () => {}, () => {});
  form.addEventListener('submit', (event) => { event.preventDefault(); send(form, refused); });
}

function pledge() {
  const text = form.elements.text_hash.value;
  const mark = form.dataset.mark;
  const button = form.querySelector('[data-go]');
  const ticks = Array.from(form.querySelectorAll('input[name="butir"]'));
  const pads = form.querySelector('[data-pad]');
  const typed = form.elements.typed_name;
  const kept = load(mark, text);
  let pad = null;

  const keep = () => save({
    mark, text, ticks: ticks.filter((t) => t.checked).map((t) => t.value), place: scrollY,
    drawing: pad ? pad.keep() : kept && kept.drawing, typed: typed ? typed.value : '',
  });
  const fault = (tick, on) => {
    const clause = tick.closest('.clause');
    clause.classList.toggle('clause--missing', on);
    clause.querySelector('.clause__fault').hidden = !on;
    if (on) tick.setAttribute('aria-invalid', 'true'); else tick.removeAttribute('aria-invalid');
  };
  // Said beside the field too: the notice stands at the page's top, which may be far away.
  const unsigned = (on) => { form.querySelector('[data-unsigned]').hidden = !on; };

  if (kept) {
    ticks.forEach((tick) => { tick.checked = tick.checked || kept.ticks.includes(tick.value); });
    if (typed && !typed.value) typed.value = kept.typed || '';
    if (!location.hash) scrollTo(0, kept.place || 0);
  }
  form.addEventListener('change', (event) => {
    if (event.target.name === 'butir') fault(event.target, false);
    if (event.target === typed) unsigned(false);
    keep();
  });
  addEventListener('pagehide', () => { if (!form.dataset.left) keep(); });
  document.querySelectorAll('[data-leave]').forEach((leave) => {
    leave.addEventListener('submit', () => { form.dataset.left = '1'; });
  });

  if (pads) {
    const label = form.querySelector('[data-typed]');
    import('./draw.js').then(({ drawing }) => {
      label.textContent = label.dataset.instead;
      pad = drawing(pads, () => {
        form.elements.strokes.value = JSON.stringify(pad ? pad.strokes() : []);
        unsigned(false);
        keep();
      });
      if (kept && kept.drawing && kept.drawing.length) pad.restore(kept.drawing);
    }).catch(() => { /* without the pad the name is typed */ });
  }

  if (button.hasAttribute('data-locked') && box && Number(box.dataset.opens)) {
    button.disabled = true;
    countdown(box, () => { button.disabled = false; }, () => {});
  } else if (box) {
    countdown(box, () => {}, () => { keep(); location.reload(); });
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const missing = ticks.filter((tick) => !tick.checked);
    missing.forEach((tick) => fault(tick, true));
    if (missing.length) {
      notice(form.dataset.missingTitle, form.dataset.missingDetail, 'bad');
      show(missing[0].closest('.clause'));
      return;
    }
    const signed = !pads || typed.value.trim() || form.elements.strokes.value.length > 2;
    if (!signed) {
      notice(form.dataset.signatureTitle, form.dataset.signatureDetail, 'bad');
      unsigned(true);
      show(document.getElementById('tanda'));
      return;
    }
    notice('', '', 'warn');
    document.getElementById('pesan').hidden = true;
    keep();
    send(form, refused);
  });
}
