// Passkeys: makes one, or proves that one has one. Forms stay hidden where the browser knows nothing of them.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (credentials) => (credentials ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** What the browser takes, from what the server wrote in JSON. */
function creation({ publicKey }, alone) {
  const selection = { ...publicKey.authenticatorSelection };
  if (alone) Object.assign(selection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
  return {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: listed(publicKey.excludeCredentials),
    authenticatorSelection: selection,
  };
}

const request = ({ publicKey }) => ({
  ...publicKey,
  challenge: bytes(publicKey.challenge),
  allowCredentials: listed(publicKey.allowCredentials),
});

/** What the server reads, from what the browser answered. */
function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function options(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function ask(form) {
  const told = await options(form);
  if (form.dataset.passkey !== "create") {
    return navigator.credentials.get({ publicKey: request(told.request_options) });
  }
  const alone = form.elements.passwordless?.checked ?? false;
  return navigator.credentials.create({ publicKey: creation(told.creation_options, alone) });
}

function say(form, error) {
  const problem = form.querySelector("[data-passkey-problem]");
  const kind = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" }[error.name];
  problem.textContent = problem.dataset[kind ?? "failed"];
  problem.hidden = false;
}

function start(form) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      form.elements.credential.value = written(await ask(form));
      form.submit();
    } catch (error) {
      say(form, error);
      button.disabled = false;
      button.focus();
    }
  });
}

const forms = document.querySelectorAll("form[data-passkey]");
if (window.PublicKeyCredential && navigator.credentials) forms.forEach(start);
else document.querySelectorAll("[data-passkey-absent]").forEach((one) => (one.hidden = false));
