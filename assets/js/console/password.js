// A password can be looked at while it is typed, and how strong a new one is can be seen. Without this the fields are plain.

/** As many letters as the server wants at least. */
const CHARS_MIN = 12;
/** Bits, as guessed below. */
const FAIR = 60;
const STRONG = 80;
const KINDS = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9]/, 33]];

/** 0 too short, 1 weak, 2 fair, 3 strong. Guessed from length and kinds of letters; the server knows the common ones. */
function strength(text) {
  const letters = Array.from(text);
  if (letters.length < CHARS_MIN) return 0;
  const choice = KINDS.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  // The same few letters again and again are worth little.
  const counted = Math.min(letters.length, 2 * new Set(letters).size);
  const bits = counted * Math.log2(choice);
  if (bits < FAIR) return 1;
  return bits < STRONG ? 2 : 3;
}

for (const field of document.querySelectorAll('input[type="password"][data-show]')) {
  const button = document.createElement('button');
  const say = () => {
    const shown = field.type === 'text';
    button.textContent = shown ? field.dataset.hide : field.dataset.show;
    button.setAttribute('aria-pressed', String(shown));
  };
  button.type = 'button';
  button.className = 'button button--quiet button--small field__show';
  button.setAttribute('aria-controls', field.id);
  button.addEventListener('click', () => {
    field.type = field.type === 'text' ? 'password' : 'text';
    say();
  });
  // Browsers keep what is typed into plain fields, to offer it to others.
  field.form.addEventListener('submit', () => {
    field.type = 'password';
    say();
  });
  say();
  field.after(button);
}

const meter = document.getElementById('strength');
const rated = meter && document.getElementById(meter.dataset.of);
if (rated) {
  const line = document.getElementById('strength-words');
  const words = [meter.dataset.short, meter.dataset.weak, meter.dataset.fair, meter.dataset.strong];
  rated.addEventListener('input', () => {
    const level = strength(rated.value);
    meter.hidden = rated.value === '';
    meter.value = level;
    line.textContent = meter.hidden ? '' : words[level];
  });
}
