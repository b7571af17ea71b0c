// Passkeys: a form with data-passkey asks its challenge's address, lets the browser answer, and sends the answer itself.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decoded = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));

async function ask(form) {
  const answer = await fetch(form.dataset.challenge, { method: "POST", headers: { Accept: "application/json" } });
  const options = await answer.json();
  if (!answer.ok) throw new Error(options.detail);
  options.challenge = bytes(options.challenge);
  if (form.dataset.passkey === "use") {
    options.allowCredentials = decoded(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }
  options.user.id = bytes(options.user.id);
  options.excludeCredentials = decoded(options.excludeCredentials);
  return navigator.credentials.create({ publicKey: options });
}

function told({ id, rawId, type, response, authenticatorAttachment }) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const parts = names.filter((name) => response[name]).map((name) => [name, text(response[name])]);
  return JSON.stringify({ id, rawId: text(rawId), type, authenticatorAttachment, response: Object.fromEntries(parts), clientExtensionResults: {} });
}

async function go(form) {
  const said = form.querySelector("[data-said], [role=alert][hidden]");
  try {
    form.elements.credential.value = told(await ask(form));
    form.submit();
  } catch (error) {
    said.hidden = false;
    said.textContent = error.name === "NotAllowedError" ? form.dataset.refused : error.message;
  }
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const button = form.querySelector("[data-use]");
  form.hidden = false;
  if (button) button.hidden = false;
  if (button) button.addEventListener("click", () => go(form));
  else form.addEventListener("submit", (event) => (event.preventDefault(), go(form)));
}
