// What saves as one types is heard before the page itself is sent: older words never arrive after newer ones.
const form = document.querySelector(".file-form");
// Milliseconds after which the page is sent all the same.
const LONGEST = 5000;
const flying = new Set();
let waiting = null;

function send() {
  if (!waiting) return;
  const { button } = waiting;
  waiting = null;
  form.requestSubmit(button);
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (form?.contains(ctx.sourceElement)) flying.add(ctx);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (flying.delete(ctx) && !flying.size) send();
});
form?.addEventListener("submit", (event) => {
  if (!flying.size) return;
  event.preventDefault();
  if (!waiting) {
    setTimeout(() => {
      flying.clear();
      send();
    }, LONGEST);
  }
  waiting = { button: event.submitter };
});
