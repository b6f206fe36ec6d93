// What a signer does, step by step.

export async function enter(page, url, person, { shared = false, slug = "sumsel" } = {}) {
  await page.goto(`${url}/k/${slug}/sign`);
  await fillEntry(page, person, { shared });
  await page.click("form[data-send=enter] [data-go]");
  await page.waitForSelector("form[data-send=pledge], .receipt");
}

export async function fillEntry(page, person, { shared = false } = {}) {
  await page.fill("#nomor", person.identifier);
  await page.fill("#kode", person.accessCode);
  if (shared) await page.check("input[name=shared]");
}

export async function tickAll(page) {
  for (const box of await page.locator("input[name=butir]").all()) await box.check();
}

export async function sign(page, url, person, options) {
  await enter(page, url, person, options);
  await tickAll(page);
  await page.click("form[data-send=pledge] [data-go]");
  await page.waitForSelector(".receipt");
}

export function serialOn(page) {
  return page.locator(".receipt .mono").first().innerText();
}

/** Draws a signature of one stroke by pointer; `points` in pixels from the pad's corner. */
export async function draw(page, points) {
  const pad = page.locator("[data-pad] canvas");
  await pad.waitFor({ state: "visible" });
  await pad.scrollIntoViewIfNeeded();
  const corner = await pad.boundingBox();
  const [[x, y], ...rest] = points;
  await page.mouse.move(corner.x + x, corner.y + y);
  await page.mouse.down();
  for (const [x, y] of rest) await page.mouse.move(corner.x + x, corner.y + y, { steps: 6 });
  await page.mouse.up();
}
