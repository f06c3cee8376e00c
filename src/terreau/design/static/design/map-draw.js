// Draws a territory by hand: the list, its form and the map say the same at every moment.
// The server answers with the list; the map fills what the list holds. Without a map, the form works alone.

export class Editor {
  constructor(form, settle, signal) {
    Object.assign(this, { form, settle, busy: false, communes: null, map: null });
    this.codes = new Set(this.confirmed);
    this.input = form.querySelector("[data-names]");
    form.addEventListener("submit", (event) => this.submit(event), { signal });
    this.input.addEventListener("input", () => this.complete(), { signal });
  }

  get list() {
    return this.form.querySelector("[data-drawn]");
  }

  /** The communes that the list holds. */
  get confirmed() {
    return new Set(this.list.querySelector("[name=codes]").value.split(",").filter(Boolean));
  }

  attach(map, communes) {
    Object.assign(this, { map, communes });
    communes.fill(this.codes);
    map.on("click", "communes", ({ features }) => this.toggle(features[0].properties.code));
  }

  /** A click on the map: painted at once, then sent; clicks made meanwhile go together. */
  toggle(code) {
    const chosen = !this.codes.has(code);
    if (chosen) this.codes.add(code);
    else this.codes.delete(code);
    this.communes.mark(code, chosen);
    this.send();
  }

  async send() {
    if (this.busy) return;
    const held = this.confirmed;
    const more = [...this.codes].filter((code) => !held.has(code));
    const less = [...held].filter((code) => !this.codes.has(code));
    if (!more.length && !less.length) return;
    const body = new FormData();
    // What the form says of itself (the guard against forgery) goes with each change.
    for (const kept of this.form.querySelectorAll("input[type=hidden]")) body.set(kept.name, kept.value);
    body.set("codes", [...held].join(","));
    if (more.length) body.set("choisir", more.join(","));
    if (less.length) body.set("retirer", less.join(","));
    await this.post(body);
    await this.send();
  }

  submit(event) {
    // A file is an answer of its own.
    if (event.submitter?.name === "format") return;
    event.preventDefault();
    if (this.busy) return;
    const body = new FormData(this.form, event.submitter);
    body.set("codes", [...this.codes].join(","));
    this.post(body).then((done) => {
      if (!done) return;
      for (const field of this.form.querySelectorAll("[name=ajouter], [name=coller]")) field.value = "";
      this.codes = this.confirmed;
      this.communes?.fill(this.codes);
      this.show();
    });
  }

  /** Sends what changes and puts the list that comes back in place of the other; false when it could not. */
  async post(body) {
    this.busy = true;
    this.settle(+1);
    try {
      const answer = await fetch(this.form.action, { method: "POST", body, headers: { "X-Dessin": "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.replace(await answer.text());
      return true;
    } catch (error) {
      console.info("the list could not follow:", error.message);
      this.codes = this.confirmed;
      this.communes?.fill(this.codes);
      return false;
    } finally {
      this.busy = false;
      this.settle(-1);
    }
  }

  replace(html) {
    const next = new DOMParser().parseFromString(html, "text/html").querySelector("[data-drawn]");
    const buttons = [...this.list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    this.list.replaceWith(document.adoptNode(next));
    if (at >= 0) this.focus(at);
    history.replaceState(history.state, "", location.pathname + next.dataset.address);
    const live = document.getElementById("annonce");
    if (live) live.textContent = next.dataset.said;
  }

  /** After a line left the list, the focus goes to the one that took its place. */
  focus(at) {
    const left = [...this.list.querySelectorAll("button[name=retirer]")];
    (left[Math.min(at, left.length - 1)] ?? this.input).focus();
  }

  /** Shows the whole set when the list made it grow beyond what is seen. */
  show() {
    const [west, south, east, north] = this.list.dataset.bounds.split(",").map(Number);
    if (!this.map || north === undefined) return;
    const seen = this.map.getBounds();
    if (seen.contains([west, south]) && seen.contains([east, north])) return;
    this.map.fitBounds([[west, south], [east, north]], { padding: 30, maxZoom: 11 });
  }

  /** Offers the territories whose name begins so. */
  async complete() {
    const typed = this.input.value.trim();
    if (typed.length < 2) return;
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(`${this.input.dataset.names}?q=${encodeURIComponent(typed)}`, { signal: this.asked.signal });
      const { noms } = await answer.json();
      this.input.list.replaceChildren(...noms.map(([value, label]) => Object.assign(document.createElement("option"), { value, label })));
    } catch (error) {
      if (error.name !== "AbortError") console.info("no completion:", error.message);
    }
  }
}
