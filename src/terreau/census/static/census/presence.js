// Says in which field the person is; the sign of life itself is sent by htmx (census/presence.html).

const form = document.querySelector("[data-presence]");

/** Words of a control: its own label, or the legend of its group. */
function words(control) {
  const group = control.closest("fieldset")?.querySelector("legend");
  const label = group ?? control.labels?.[0];
  return (label?.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, 60);
}

document.addEventListener("focusin", (event) => {
  if (!form || form.contains(event.target) || !event.target.matches("input, select, textarea")) return;
  form.elements.champ.value = words(event.target);
});
