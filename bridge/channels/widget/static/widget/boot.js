// Reads the embed code and puts the chat on the page.

const script = document.currentScript || document.querySelector("script[data-bridge]");

const LOOK_RETRY_MS = 1_000;
const LOOK_RETRY_MAX_MS = 30_000;

async function boot() {
  const { language: named, open, theme, identity } = script.dataset;
  const wanted = knownTag(named || document.documentElement.lang || navigator.language);
  const origin = new URL(script.src).origin;
  const language = pickLanguage(wanted);
  const { css, words, icons } = await look(`${origin}/widget/look/${language}.json`);
  Object.assign(ICONS, icons);
  const settings = {
    css,
    words,
    origin,
    wanted,
    language,
    open: open !== undefined && open !== "false",
    identity,
  };
  const chat = document.querySelector("bridge-chat") || document.createElement("bridge-chat");
  if (theme) chat.setAttribute("theme", theme);
  BridgeChat.prototype.settings = settings;
  customElements.define("bridge-chat", BridgeChat);
  if (!chat.isConnected) document.body.append(chat);
}

/** The style sheet, the icons and the words of a language: {css, icons, words}. Nothing is shown without them. */
async function look(url) {
  for (let wait = LOOK_RETRY_MS; ; wait = Math.min(2 * wait, LOOK_RETRY_MAX_MS)) {
    try {
      const answer = await fetch(url);
      if (answer.ok) return await answer.json();
    } catch {
      // Offline, or the server is on its way up.
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
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
