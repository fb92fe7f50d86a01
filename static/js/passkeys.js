/** Passkeys: our server asks, the browser answers with a device's signature. */

const json = { Accept: "application/json", "Content-Type": "application/json" };

/** Whether this browser can, here: only on https and on localhost. */
export function supported() {
  return window.isSecureContext && typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
}

function token() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", headers: { ...json, "X-CSRFToken": token() }, body: JSON.stringify(body ?? {}) });
  const text = await answer.text();
  let told = {};
  try { told = JSON.parse(text); } catch { /* a page, not an answer: said below */ }
  if (!answer.ok || answer.redirected) throw new Error(told.error?.message ?? "");
  return told;
}

/** Sign in with a passkey. Gives: where to go on. Throws: an Error whose message is for the person, or is empty. */
export async function usePasskey(next = "/") {
  const { publicKey } = await post("/sign-in/passkey/options");
  const key = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  const { place } = await post(`/sign-in/passkey?${new URLSearchParams({ next })}`, key.toJSON());
  return place;
}

/** Make a passkey on this device. Gives and throws as above. */
export async function addPasskey() {
  const { publicKey } = await post("/me/security/passkeys/options");
  const key = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  const { place } = await post("/me/security/passkeys", key.toJSON());
  return place;
}
