// Sends a form and stays with it: tries again by itself when there is no network, no answer, or the server is full,
// and says what is happening. Sending twice is harmless: the server knows one pledge per person.

const TIMEOUT_MS = 25000;
const FIRST_WAIT_MS = 1000;
const WAIT_MAX_MS = 30000;
// These refusals pass by themselves.
const PASSING = { not_open: 3000, paused: 15000 };

const line = document.getElementById('keadaan');

function say(what, waitMs) {
  if (!line) return;
  line.hidden = !what;
  if (!what) return;
  const seconds = waitMs ? Math.ceil(waitMs / 1000) : 0;
  const again = seconds > 1 ? ' ' + line.dataset.again.replace('{detik}', seconds) : '';
  line.querySelector('[data-words]').textContent = (line.dataset[what] || what) + again;
}

export function notice(title, detail, tone) {
  const box = document.getElementById('pesan');
  if (!box) return;
  box.className = 'notice notice--' + tone;
  box.querySelector('[data-title]').textContent = title;
  box.querySelector('[data-detail]').textContent = detail;
  box.hidden = !title;
}

export function show(place) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  place.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
  const field = place.matches('input,textarea') ? place : place.querySelector('input,canvas') || place;
  if (field.focus) field.focus({ preventScroll: true });
}

// Waits, or goes on early when the network comes back.
function pause(ms) {
  return new Promise((done) => {
    const timer = setTimeout(end, ms);
    function end() { clearTimeout(timer); removeEventListener('online', soon); done(); }
    function soon() { setTimeout(end, Math.random() * 1500); }
    addEventListener('online', soon);
  });
}

function patience(attempt, atLeastMs) {
  const wait = Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * Math.pow(2, attempt));
  return Math.max(atLeastMs || 0, wait / 2) + Math.random() * wait;
}

async function post(form) {
  const body = new URLSearchParams(new FormData(form));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(form.action, {
      method: 'POST', body, headers: { Accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store',
      signal: stop.signal,
    });
    const kind = answer.headers.get('Content-Type') || '';
    const told = kind.includes('json') ? await answer.json() : {};
    return { status: answer.status, told, after: Number(answer.headers.get('Retry-After')) * 1000 || 0 };
  } catch (_) {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// Calls `refused(told)` when the server says no, and goes where it says otherwise.
export async function send(form, refused) {
  if (form.dataset.busy) return;
  form.dataset.busy = '1';
  const button = form.querySelector('[data-go]');
  button.setAttribute('aria-disabled', 'true');
  for (let attempt = 0; ; attempt += 1) {
    say(attempt ? line.dataset.last || 'sending' : 'sending');
    const answer = await post(form);
    if (answer && answer.told.next && answer.status < 300) {
      say('sending');
      location.assign(answer.told.next);
      return;
    }
    const passing = answer && PASSING[answer.told.code];
    if (answer && answer.status < 500 && answer.status !== 429 && !passing) {
      say('');
      delete form.dataset.busy;
      button.removeAttribute('aria-disabled');
      refused(answer.told);
      return;
    }
    if (passing) notice(answer.told.title, answer.told.detail, 'warn');
    const wait = patience(attempt, passing || (answer && answer.after));
    const what = answer ? 'waiting' : 'offline';
    line.dataset.last = what;
    say(what, wait);
    await pause(wait);
  }
}
