// Makes a tree larger or smaller and lets it be dragged; without it the drawing scrolls, and its levels are links.

const STEPS = [0.6, 0.8, 1, 1.3, 1.7, 2.2, 3];

for (const view of document.querySelectorAll("[data-tree]")) {
  const drawing = view.querySelector("svg");
  if (drawing) start(view, drawing);
}

function start(view, drawing) {
  const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  let step = STEPS.indexOf(1);
  const tools = document.createElement("p");
  tools.className = "tree-zoom";
  const button = (text, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button-quiet";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    tools.append(made);
  };
  button("+", view.dataset.more, () => show(step + 1));
  button("−", view.dataset.less, () => show(step - 1));
  button("⤢", view.dataset.whole, whole);
  view.before(tools);

  function show(wanted) {
    const before = view.scrollTop / (view.scrollHeight || 1);
    step = Math.max(0, Math.min(STEPS.length - 1, wanted));
    view.classList.add("zooming");
    drawing.setAttribute("width", Math.round(width * STEPS[step]));
    drawing.setAttribute("height", Math.round(height * STEPS[step]));
    view.scrollTop = before * view.scrollHeight;
  }

  function whole() {
    step = STEPS.indexOf(1);
    view.classList.remove("zooming");
  }

  let held = null;
  view.addEventListener("pointerdown", (event) => {
    if (!view.classList.contains("zooming") || event.button || event.target.closest("a")) return;
    held = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop };
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    if (!held) return;
    view.scrollLeft = held.left - (event.clientX - held.x);
    view.scrollTop = held.top - (event.clientY - held.y);
  });
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, () => { held = null; });
}
