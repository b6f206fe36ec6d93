// The page of the day renews itself: it is asked for again as it stands and its parts are exchanged. Nobody looking,
// nothing asked; what somebody is using just now stays as it is until they have left it.

const page = document.querySelector('[data-renew]');
const EVERY_MS = Number(page.dataset.renew) * 1000;
const SPREAD_MS = 1000;
const GIVE_UP_MS = 10000;
// After so many failures in a row it says that the numbers are old, and asks less often.
const FAILURES_UNSAID = 2;
const SLOWER_MAX = 6;

let failures = 0;
let timer = null;

function exchange(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  if (!fresh.querySelector('[data-renew]')) {
    // Somebody else's page: the session has ended.
    window.location.reload();
    return;
  }
  document.querySelectorAll('[data-part]').forEach((part) => {
    const next = fresh.querySelector('[data-part="' + part.dataset.part + '"]');
    if (!next || part.contains(document.activeElement) || part.innerHTML === next.innerHTML) return;
    part.replaceChildren(...next.childNodes);
  });
}

async function renew() {
  try {
    const answer = await window.fetch(window.location.pathname + window.location.search, {
      headers: { accept: 'text/html' },
      cache: 'no-store',
      signal: AbortSignal.timeout(GIVE_UP_MS),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    exchange(await answer.text());
    failures = 0;
  } catch {
    failures += 1;
  }
  page.querySelector('[data-stale]').hidden = failures < FAILURES_UNSAID;
  plan();
}

function plan() {
  window.clearTimeout(timer);
  timer = null;
  if (document.hidden) return;
  const slower = Math.min(failures + 1, SLOWER_MAX);
  timer = window.setTimeout(renew, EVERY_MS * slower + Math.random() * SPREAD_MS);
}

document.addEventListener('visibilitychange', () => {
  window.clearTimeout(timer);
  if (!document.hidden) renew();
});
plan();
