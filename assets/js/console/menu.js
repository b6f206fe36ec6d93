// On a phone an event's menu is one row that is pushed sideways: it begins where one is.

const here = document.querySelector('.side nav [aria-current]');
const row = here && here.closest('nav');
if (row && row.scrollWidth > row.clientWidth) {
  row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}
