// Reads the embed code and puts the chat on the page.

const script = document.currentScript || document.querySelector("script[data-bridge]");

function boot() {
  const { language, open, theme, identity } = script.dataset;
  const wanted = knownTag(language || document.documentElement.lang || navigator.language);
  const chat = document.querySelector("bridge-chat") || document.createElement("bridge-chat");
  const settings = {
    origin: new URL(script.src).origin,
    wanted,
    language: pickLanguage(wanted),
    open: open !== undefined && open !== "false",
    identity,
  };
  if (theme) chat.setAttribute("theme", theme);
  BridgeChat.prototype.settings = settings;
  customElements.define("bridge-chat", BridgeChat);
  if (!chat.isConnected) document.body.append(chat);
}

/** A language tag as the browser's own functions accept it. */
function knownTag(tag) {
  try {
    return Intl.getCanonicalLocales(tag)[0] || "en";
  } catch {
    return "en";
  }
}

if (script && !customElements.get("bridge-chat")) {
  if (document.body) boot();
  else document.addEventListener("DOMContentLoaded", boot);
}
