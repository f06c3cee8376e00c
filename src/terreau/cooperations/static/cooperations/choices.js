// A long list of boxes to tick gets a field that narrows it; what is ticked always stays in sight.
const MANY = 12;

const folded = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();

for (const block of document.querySelectorAll("[data-choices]")) {
  const labels = [...block.querySelectorAll("fieldset label")];
  if (labels.length > MANY) {
    const search = document.createElement("input");
    search.type = "search";
    search.setAttribute("aria-label", block.dataset.choicesLabel);
    search.placeholder = block.dataset.choicesLabel;
    search.className = "coop-search";
    search.addEventListener("input", () => {
      const wanted = folded(search.value.trim());
      for (const label of labels) {
        const ticked = label.querySelector("input").checked;
        label.hidden = !ticked && !folded(label.textContent).includes(wanted);
      }
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    labels[0].closest("fieldset").querySelector("legend").after(search);
  }
}
