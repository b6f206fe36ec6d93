// The receipt with a script: share, the way out of an in-app browser, and leaving a shared device by itself.

import { forget } from './keep.js';

forget();
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

const share = document.querySelector('[data-share]');
if (share && navigator.share) {
  share.hidden = false;
  share.addEventListener('click', () => {
    navigator.share({ title: share.dataset.title, url: share.dataset.url }).catch(() => { /* not shared after all */ });
  });
}

// Browsers inside messengers often can't download; the certificate's own address can be opened elsewhere.
const inApp = document.querySelector('[data-in-app]');
const agent = navigator.userAgent;
if (inApp && /FBAN|FBAV|Instagram|WhatsApp|Line\/|TikTok|; wv\)/.test(agent)) {
  inApp.hidden = false;
  const link = inApp.querySelector('[data-intent]');
  const url = new URL(link.href);
  if (/Android/.test(agent)) {
    const scheme = url.protocol.slice(0, -1);
    link.href = 'intent://' + url.host + url.pathname + '#Intent;scheme=' + scheme + ';package=com.android.chrome;end';
  } else {
    link.hidden = true;
  }
  const copy = inApp.querySelector('[data-copy]');
  copy.addEventListener('click', () => {
    const done = () => { copy.textContent = copy.dataset.done; };
    if (navigator.clipboard) navigator.clipboard.writeText(copy.dataset.copy).then(done, () => {});
    else {
      const field = document.createElement('textarea');
      field.value = copy.dataset.copy;
      document.body.append(field);
      field.select();
      if (document.execCommand('copy')) done();
      field.remove();
    }
  });
}

const shared = document.querySelector('[data-leave-after]');
if (shared) {
  const leave = shared.querySelector('[data-leave]');
  const words = shared.querySelector('[data-left]');
  // By the time that passed, not by ticks: a phone that slept through them leaves when it wakes.
  const ends = Date.now() + Number(shared.dataset.leaveAfter) * 1000;
  const tick = () => {
    const seconds = Math.ceil((ends - Date.now()) / 1000);
    if (seconds <= 0) { leave.submit(); return; }
    words.textContent = shared.dataset.words.replace('{detik}', seconds);
    setTimeout(tick, 1000);
  };
  tick();
}
