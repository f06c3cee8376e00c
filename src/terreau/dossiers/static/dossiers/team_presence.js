// Says in which field the person is; the sign of life itself is sent by htmx (dossiers/team_presence.html).

const form = document.querySelector("[data-presence]");

document.addEventListener("focusin", (event) => {
  if (!form || form.contains(event.target) || !event.target.matches("input, select, textarea")) return;
  const place = event.target.closest("[data-key]");
  form.elements.champ.value = place ? place.dataset.key : event.target.name;
});
