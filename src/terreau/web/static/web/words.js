// Saves a text while one types; without it the button does. A text that somebody else changed is never overwritten.

const PAUSE = 1500;

for (const form of document.querySelectorAll("form[data-words]")) {
  const text = form.querySelector("textarea");
  const seen = form.querySelector("input[name=vu]");
  const state = form.querySelector("[role=status]");
  let timer = null;
  let busy = false;
  let stopped = false;

  async function save() {
    if (busy || stopped) return;
    busy = true;
    const sent = text.value;
    state.textContent = form.dataset.busy;
    try {
      const answer = await fetch(location.href, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      const told = await answer.json();
      state.textContent = told.message;
      if (told.saved) seen.value = told.text;
      stopped = answer.status === 409;
    } catch {
      state.textContent = form.dataset.failed;
    }
    busy = false;
    if (text.value !== sent) later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  text.addEventListener("input", later);
}
