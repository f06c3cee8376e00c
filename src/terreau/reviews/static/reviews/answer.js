// Saves an item as one types: what is written is kept without pressing anything. The page works without it.

const WAIT = 900;

class Saved {
  constructor(form, item) {
    this.form = form;
    this.item = item;
    this.said = item.querySelector("[data-saved]");
    this.base = item.querySelector("[data-base]");
    item.addEventListener("input", () => this.later());
    item.addEventListener("change", () => this.later(0));
  }

  later(wait = WAIT) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  async save() {
    if (this.saving) return this.later();
    this.saving = true;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    for (const [name, value] of new FormData(this.form)) {
      // A disagreement is written by its own button.
      if (name.startsWith(`${this.item.dataset.item}-`) && !name.includes("-d-")) body.append(name, value);
    }
    try {
      const answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      await this.told(answer);
    } catch {
      this.tell(this.form.dataset.lost, true);
    } finally {
      this.saving = false;
    }
  }

  async told(answer) {
    if (!answer.headers.get("Content-Type")?.includes("json")) return this.tell(this.form.dataset.lost, true);
    const { base = {}, errors = {}, message } = await answer.json();
    const code = this.item.dataset.item;
    if (base[code]) this.base.value = base[code];
    const wrong = errors[code] ?? (answer.ok ? "" : message ?? this.form.dataset.lost);
    this.tell(wrong || this.form.dataset.kept, Boolean(wrong));
  }

  tell(words, wrong) {
    this.said.textContent = words;
    this.said.classList.toggle("is-wrong", wrong);
  }
}

for (const form of document.querySelectorAll("form[data-answers]")) {
  for (const item of form.querySelectorAll("[data-item]")) new Saved(form, item);
}
