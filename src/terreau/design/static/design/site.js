// What makes pages pleasanter when JavaScript is there; every page works without it.

/** Says aloud how many results a filter left. */
document.addEventListener("htmx:after:swap", () => {
  const results = document.querySelector("#resultats[data-count]");
  const live = document.querySelector("#annonce");
  if (results && live) live.textContent = results.dataset.count;
});

/** Closes a menu with Escape and when focus leaves it. */
for (const menu of document.querySelectorAll(".small-menu, .person-menu")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

/** Brings the reader to what must be corrected. */
document.querySelector(".error-summary")?.focus();

/** Maps are heavy: their code comes only to the pages that have one; a swap or « back » may bring a new one. */
async function maps() {
  const frame = document.querySelector("[data-map]");
  if (!frame) return;
  const { startMaps } = await import(frame.dataset.module);
  startMaps(document.querySelectorAll("[data-map]"));
}
document.addEventListener("htmx:after:swap", maps);
await maps();
