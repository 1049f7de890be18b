// <bridge-chat>: brings session, feed, outbox, transcript and view together. All wiring is here, and nothing else.

const TROUBLE_SHOWN_AFTER_MS = 600;
const PROMISE_KEPT_MS = 20000;
const HIDDEN_TAB_MS = 60000;
const RATINGS_MAX = 100;

class BridgeChat extends HTMLElement {
  static observedAttributes = ["theme"];

  connectedCallback() {
    if (this.panel) return this.listen();
    const { origin, words, wanted } = this.settings;
    this.words = words;
    this.shelf = new Shelf(`bridge:${origin}:`);
    this.transcript = new Transcript((entry, index) => this.changed(entry, index));
    this.session = new Session({ origin, language: wanted, identity: this.settings.identity }, this.shelf, () => this.welcome());
    this.conversation = this.session.conversation;
    this.outbox = new Outbox(this.session, this.shelf, {
      state: (id, state, why) => this.transcript.mark(id, state, why),
      accepted: (id, turnId) => this.promised(id, turnId),
    });
    this.feed = new Feed(this.session, {
      event: (type, data, id) => this.received(type, data, id),
      present: () => this.caughtUp(),
      state: (state) => this.connection(state),
    });
    this.replaying = true;
    this.spokenFor = new Set();
    this.unread = 0;
    this.build();
    this.listen();
    this.begin();
  }

  disconnectedCallback() {
    this.feed.stop();
    this.unlisten();
  }

  attributeChangedCallback() {
    if (this.panel) this.paintTheme();
  }

  // ---- view

  build() {
    const { language, origin } = this.settings;
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    this.page = {
      hosts: new Set(),
      origin,
      words: this.words,
      language: this.settings.wanted,
      name: this.words.assistant,
      calm: () => still.matches,
      instant: () => this.replaying,
      finished: (entry) => this.finished(entry),
      actions: {
        ask: (text) => this.ask(text) || this.panel.focus(),
        edit: (entry) => this.edit(entry),
        retry: (id, button) => this.retry(id, button),
        copy: (text, button) => this.copy(text, button),
        rate: (id, rating, comment) => this.rate(id, rating, comment),
        rating: (id) => (this.shelf.get("ratings") || {})[id],
      },
    };
    this.log = new Log(this.page);
    this.composer = new Composer(this.words, { send: (text) => this.ask(text), stop: () => this.stop() });
    this.panel = new Panel(this.words, this, { open: () => this.open(), close: () => this.close(), fresh: () => this.startFresh() });
    this.panel.root.dir = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";
    this.panel.root.lang = language;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(this.settings.css);
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.panel.root);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.paintTheme();
    this.welcome();
  }

  paintTheme() {
    const theme = this.getAttribute("theme");
    const dark = theme === "dark" || (theme !== "light" && this.dark.matches);
    this.panel.root.dataset.scheme = dark ? "dark" : "light";
  }

  listen() {
    const on = (target, type, listener) => {
      target.addEventListener(type, listener);
      this.listening.push(() => target.removeEventListener(type, listener));
    };
    this.listening = [this.shelf.watch((key, value) => this.otherTab(key, value))];
    on(window, "online", () => this.backOnline());
    on(window, "offline", () => this.feed.cut());
    on(window, "pageshow", (event) => event.persisted && this.feed.kick());
    on(document, "visibilitychange", () => this.visibility());
    on(document, "click", (event) => this.pageClicked(event));
    on(this.dark, "change", () => this.paintTheme());
    on(this.panel.phone, "change", () => this.panel.layOut());
  }

  unlisten() {
    for (const stop of this.listening.splice(0)) stop();
  }

  // ---- opening and closing

  /** Without a conversation nothing is asked of the server before the chat is opened for the first time. */
  begin() {
    this.recall(true);
    const last = this.stays();
    const open = last === null ? this.settings.open : last;
    if (open && !this.panel.phone.matches) this.open({ focus: false });
    else if (this.conversation || this.outbox.next) this.connect();
  }

  /** Shows what is on its way; with `past` still to come, after that. */
  recall(past) {
    for (const { client_msg_id: id, text, sent } of this.outbox.items) {
      this.transcript.ask(id, text, sent ? "sent" : "queued", past);
      if (sent) this.transcript.mark(id, "sent");
    }
  }

  connect() {
    this.feed.start();
    this.outbox.flush();
  }

  open({ focus = true } = {}) {
    this.panel.open(focus);
    this.stays(true);
    this.log.toEnd();
    this.seen();
    this.connect();
  }

  close() {
    this.panel.close(true);
    this.stays(false);
  }

  /** Whether the panel was open when this tab showed its last page. */
  stays(open) {
    try {
      if (open === undefined) return JSON.parse(sessionStorage.getItem("bridge:open"));
      sessionStorage.setItem("bridge:open", String(open));
    } catch {
      // Then the page starts as its embed code says.
    }
    return null;
  }

  /** A button of the page itself may ask: <button data-bridge-ask="Which size do I need?">. */
  pageClicked(event) {
    const button = event.target.closest?.("[data-bridge-ask]");
    if (!button) return;
    event.preventDefault();
    this.open();
    if (button.dataset.bridgeAsk) this.ask(button.dataset.bridgeAsk);
  }

  /** The business's words, as soon as they are known. */
  welcome() {
    const widget = this.session.widget || this.widget;
    if (this.session.conversation !== this.conversation) this.switchTo(this.session.conversation);
    if (!this.panel) return;
    this.panel.call(widget?.name);
    if (!widget) return;
    this.widget = widget;
    this.page.name = widget.name || this.words.assistant;
    this.page.hosts.clear();
    for (const host of widget.link_hosts || []) this.page.hosts.add(host.toLowerCase());
    this.panel.disclosure.textContent = widget.disclosure || this.words.disclosure;
    this.composer.limit = widget.text_chars_max || this.composer.limit;
    this.log.greet(widget.greeting || this.words.greeting, widget.suggestions || []);
  }

  /** Another conversation: what was shown goes, what waits to be sent stays. */
  switchTo(conversation) {
    this.conversation = conversation;
    this.feed.lastId = null;
    this.replaying = true;
    this.transcript.clear();
    this.spokenFor.clear();
    this.unread = 0;
    this.panel?.unread(0);
    this.recall(true);
  }

  // ---- the person's doing

  ask(text) {
    this.caughtUp();
    const item = this.outbox.add(text);
    this.transcript.ask(item.client_msg_id, text, navigator.onLine === false ? "queued" : "sending");
    this.log.toEnd();
    this.connect();
  }

  edit(entry) {
    this.transcript.remove(entry);
    this.composer.write(entry.text);
    this.composer.field.focus();
  }

  promised(questionId, turnId) {
    if (!turnId) return;
    this.transcript.expect(turnId, questionId);
    setTimeout(() => this.transcript.giveUp(turnId), PROMISE_KEPT_MS);
  }

  async stop() {
    const turn = this.transcript.active;
    if (turn) await this.attempt(() => this.session.call(`/widget/turns/${encodeURIComponent(turn.id)}/stop`, {}));
  }

  async retry(id, button) {
    button.disabled = true;
    const answer = await this.attempt(() => this.session.call(`/widget/turns/${encodeURIComponent(id)}/retry`, {}));
    button.disabled = false;
    if (!answer) return;
    this.transcript.replace(id, answer.turn_id);
    this.panel.focus();
  }

  async rate(id, rating, comment) {
    const body = comment ? { rating, comment } : { rating };
    const done = await this.attempt(() => this.session.call(`/widget/turns/${encodeURIComponent(id)}/feedback`, body));
    if (!done) return false;
    const ratings = Object.entries({ ...this.shelf.get("ratings"), [id]: rating });
    this.shelf.set("ratings", Object.fromEntries(ratings.slice(-RATINGS_MAX)));
    this.panel.say(this.words.thanks);
    return true;
  }

  async attempt(action) {
    try {
      return await action();
    } catch {
      this.panel.warn(this.words.notSaved);
      return null;
    }
  }

  async copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!copyOldWay(text, this.shadowRoot)) return;
    }
    this.panel.say(this.words.copied);
    button.replaceChildren(icon("check"));
    setTimeout(() => button.replaceChildren(icon("copy")), 1600);
  }

  startFresh() {
    const turn = this.transcript.active;
    if (turn) this.session.call(`/widget/turns/${encodeURIComponent(turn.id)}/stop`, {}).catch(() => {});
    this.outbox.clear();
    this.session.forget();
    for (const key of ["seen", "ratings"]) this.shelf.remove(key);
    this.switchTo(null);
    this.feed.restart();
    this.composer.field.focus();
  }

  // ---- the server's doing

  received(type, data, id) {
    const message = type === "message";
    this.transcript.apply(type, data, id);
    if (data.questions) this.outbox.drop(...data.questions.map((question) => question.client_msg_id));
    if (message || type === "done" || type === "error") this.arrived(id);
    if (this.replaying) return;
    if (message && !data.text) return;
    if (message && data.author !== "system") {
      this.panel.say(`${fill(this.words.from, { name: data.name || this.words.person })}: ${data.text}`);
    } else if (message) {
      this.panel.say(data.text);
    }
  }

  /** An answer that begins while somebody is there is announced, and read out once it is complete. */
  changed(entry, index) {
    this.log.show(entry, index);
    this.composer.writing(Boolean(this.transcript.active));
    if (entry.kind !== "turn" || index < 0 || entry.outcome || this.replaying || this.spokenFor.has(entry.id)) return;
    this.spokenFor.add(entry.id);
    this.panel.say(this.words.writing);
  }

  finished(entry) {
    if (!this.spokenFor.delete(entry.id)) return;
    this.panel.say(entry.error || spokenText(entry.text));
  }

  caughtUp() {
    this.replaying = false;
    this.transcript.settle();
    const turn = this.transcript.active;
    if (turn) this.spokenFor.add(turn.id);
  }

  arrived(id) {
    if (this.panel.isOpen) return this.seen();
    const seen = this.shelf.get("seen") || 0;
    if (id <= seen) return;
    this.unread += 1;
    this.panel.unread(this.unread);
  }

  seen() {
    this.unread = 0;
    this.panel.unread(0);
    const last = Number(this.feed.lastId);
    if (last > (this.shelf.get("seen") || 0)) this.shelf.set("seen", last);
  }

  // ---- the connection

  connection(state) {
    clearTimeout(this.trouble);
    const calm = state === "live" || state === "connecting" || state === "off";
    if (calm) this.panel.connection(state);
    else this.trouble = setTimeout(() => this.panel.connection(state), TROUBLE_SHOWN_AFTER_MS);
  }

  backOnline() {
    this.feed.kick();
    this.outbox.kick();
    if (this.feed.wanted || this.outbox.next) this.connect();
  }

  /** Browsers allow six connections to a server over HTTP/1.1: a tab that nobody sees gives its own back. */
  visibility() {
    clearTimeout(this.sleep);
    if (!document.hidden) {
      if (this.asleep) this.connect();
      this.asleep = false;
      this.feed.kick();
      return;
    }
    this.sleep = setTimeout(() => {
      if (this.transcript.active || !this.feed.wanted) return;
      this.asleep = true;
      this.feed.stop();
    }, HIDDEN_TAB_MS);
  }

  otherTab(key, value) {
    if (key === "session" && value && value.subject === this.session.subject) {
      this.session.adopt(value);
      if (value.conversation_id === this.conversation) return;
      this.welcome();
      this.feed.restart();
    } else if (key === this.outbox.name) {
      this.recall(false);
    } else if (key === "seen" && this.unread) {
      this.unread = 0;
      this.panel.unread(0);
    }
  }
}

function copyOldWay(text, root) {
  const field = el("textarea", { class: "sr", "aria-hidden": "true" });
  const before = root.activeElement;
  field.value = text;
  root.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus();
  return done;
}
