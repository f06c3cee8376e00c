// Says what the envelope would still hold while an amount is typed; nothing is sent before a button is pressed.
const purse = document.querySelector("[data-left]");
const language = document.documentElement.lang || "fr";
const euros = new Intl.NumberFormat(language, { style: "currency", currency: "EUR", minimumFractionDigits: 0 });

function cents(typed) {
  const text = typed.replace(/[\s\u00a0\u202f€]/g, "").replace(",", ".");
  return /^\d+(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : null;
}

function said(left) {
  if (language.startsWith("en")) {
    return left < 0 ? `${euros.format(-left / 100)} too much` : `${euros.format(left / 100)} would be left`;
  }
  return left < 0 ? `${euros.format(-left / 100)} de trop` : `il resterait ${euros.format(left / 100)}`;
}

if (purse) {
  for (const file of document.querySelectorAll(".committee-file")) {
    const input = file.querySelector("input[name=cents]");
    const output = file.querySelector("output");
    if (!input || !output) continue;
    const held = file.dataset.outcome === "laureate" ? Number(file.dataset.cents) : 0;
    const tell = () => {
      const asked = cents(input.value);
      output.textContent = asked === null ? "" : said(Number(purse.dataset.left) + held - asked);
    };
    input.addEventListener("input", tell);
    input.addEventListener("focus", tell);
  }
}
