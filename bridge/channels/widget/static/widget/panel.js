// The frame: launcher, header, connection notice, confirmation sheet. On a phone it is a modal dialog over the whole
// screen, elsewhere a region beside the page.

const WARNING_MS = 6000;
const PHONE = "(max-width: 480px), (max-height: 400px)";

class Panel {
  /** `on`: {open(), close(), fresh()} */
  constructor(words, { log, composer }, on) {
    this.words = words;
    this.on = on;
    this.composer = composer;
    this.log = log;
    this.phone = matchMedia(PHONE);
    this.trouble = "";
    this.badge = el("span", { class: "badge", hidden: true, "aria-hidden": "true" });
    this.launcher = el("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-label": words.open, onclick: () => on.open() }, icon("chat"), this.badge);
    this.name = el("h2");
    this.presence = el("p", { class: "presence" }, words.assistant);
    this.freshButton = iconButton("fresh", words.fresh, () => this.askFresh());
    this.closeButton = iconButton("close", words.close, () => on.close());
    this.notice = el("p", { class: "notice", hidden: true });
    this.disclosure = el("p", { class: "disclosure", dir: "auto" }, words.disclosure);
    this.sheet = this.freshSheet();
    this.node = el(
      "div",
      { class: "panel", hidden: true },
      el("div", { class: "head" }, el("span", { class: "mark" }, icon("chat")), el("div", { class: "title" }, this.name, this.presence), this.freshButton, this.closeButton),
      log.node,
      el("div", { class: "dock" }, log.jump, this.notice, composer.node, this.disclosure),
      this.sheet,
    );
    this.status = el("div", { class: "sr", role: "status", "aria-live": "polite" });
    this.root = el("div", { class: "bridge", role: "region" }, this.node, this.launcher, this.status);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.fit = () => this.fitKeyboard();
  }

  freshSheet() {
    const { words } = this;
    const yes = el("button", { type: "button", class: "small main", onclick: () => this.closeSheet() || this.on.fresh() }, words.freshYes);
    const no = el("button", { type: "button", class: "small", onclick: () => this.closeSheet() }, words.cancel);
    return el(
      "div",
      { class: "sheet", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "bridge-fresh", "aria-describedby": "bridge-fresh-detail", hidden: true },
      el("div", {}, el("p", { id: "bridge-fresh", class: "label" }, words.freshQuestion), el("p", { id: "bridge-fresh-detail" }, words.freshDetail), el("div", { class: "row" }, yes, no)),
    );
  }

  call(name) {
    const label = fill(this.words.chat, { name: name || this.words.us });
    this.name.replaceChildren(el("bdi", {}, name || label));
    this.root.setAttribute("aria-label", label);
    this.layOut();
  }

  get isOpen() {
    return !this.node.hidden;
  }

  open(focus) {
    this.node.hidden = false;
    this.launcher.hidden = true;
    this.launcher.setAttribute("aria-expanded", "true");
    this.layOut();
    for (const type of ["resize", "scroll"]) window.visualViewport?.addEventListener(type, this.fit);
    this.composer.changed();
    if (focus) this.focus();
  }

  /** Where the focus belongs when nothing else claims it. On a phone the field would bring up the keyboard. */
  focus() {
    (this.phone.matches ? this.log.node : this.composer.field).focus();
  }

  close(focus) {
    this.closeSheet();
    this.node.hidden = true;
    this.launcher.hidden = false;
    this.launcher.setAttribute("aria-expanded", "false");
    for (const type of ["resize", "scroll"]) window.visualViewport?.removeEventListener(type, this.fit);
    if (focus) this.launcher.focus();
  }

  /** Called when the panel opens, gets its name, or the window changes between phone and desktop size. */
  layOut() {
    const modal = this.phone.matches;
    this.root.classList.toggle("phone", modal);
    if (modal) this.node.setAttribute("role", "dialog");
    else this.node.removeAttribute("role");
    for (const [name, value] of [["aria-modal", "true"], ["aria-label", this.root.getAttribute("aria-label")]]) {
      if (modal) this.node.setAttribute(name, value);
      else this.node.removeAttribute(name);
    }
    this.fitKeyboard();
  }

  /** The part of a phone's screen that the keyboard leaves free. */
  fitKeyboard() {
    const { visualViewport } = window;
    if (!visualViewport || !this.phone.matches) return;
    this.node.style.setProperty("--visible-height", `${visualViewport.height}px`);
    this.node.style.setProperty("--visible-top", `${visualViewport.offsetTop}px`);
  }

  key(event) {
    // The page's own shortcuts must not fire while somebody types here.
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing && this.isOpen) {
      event.preventDefault();
      if (this.sheet.hidden) this.on.close();
      else this.closeSheet();
    }
    if (event.key !== "Tab" || (!this.phone.matches && this.sheet.hidden) || !this.isOpen) return;
    const within = this.sheet.hidden ? this.node : this.sheet;
    const stops = [...within.querySelectorAll("button, textarea, a[href], [tabindex='0']")].filter((node) => node.checkVisibility());
    const at = stops.indexOf(this.root.getRootNode().activeElement);
    const edge = event.shiftKey ? at <= 0 : at === stops.length - 1;
    if (!edge) return;
    event.preventDefault();
    stops.at(event.shiftKey ? -1 : 0).focus();
  }

  askFresh() {
    this.sheet.hidden = false;
    this.sheet.querySelector("button").focus();
  }

  closeSheet() {
    if (this.sheet.hidden) return;
    this.sheet.hidden = true;
    this.freshButton.focus();
  }

  unread(n) {
    this.badge.hidden = !n;
    this.badge.textContent = n > 9 ? "9+" : String(n);
    this.launcher.setAttribute("aria-label", n ? fill(this.words.unread, { n }) : this.words.open);
  }

  /** What a screen reader says next. */
  say(text) {
    this.status.textContent = this.status.textContent === text ? `${text}\u00a0` : text;
  }

  connection(state) {
    const { words } = this;
    this.trouble = { offline: words.offline, retrying: words.retrying, refused: words.refusedHere }[state] || "";
    this.root.dataset.connection = state;
    this.presence.textContent = state === "connecting" ? words.connecting : words.assistant;
    this.warn(this.trouble);
  }

  /** Shows and says a text above the field. */
  warn(text) {
    clearTimeout(this.warning);
    this.notice.hidden = !text;
    this.notice.textContent = text;
    if (!text) return;
    this.say(text);
    if (text !== this.trouble) this.warning = setTimeout(() => this.warn(this.trouble), WARNING_MS);
  }
}
