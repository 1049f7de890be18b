// Messages on their way to the server, sent one after the other, each under an id of its own, so that sending again after
// a doubt does no harm. They are kept in storage until the server's events show them, so that a reload shows them too.

const KEPT_MAX = 50;
const ATTEMPT_PAUSE_MAX_MS = 30000;

class Outbox {
  /** `on`: {state(id, state, why), accepted(id, turnId)} */
  constructor(session, shelf, on) {
    this.session = session;
    this.shelf = shelf;
    // What somebody wrote is not for whoever signs in after them, nor sent in their name.
    this.name = `outbox:${session.subject}`;
    this.on = on;
    this.sending = false;
    this.failures = 0;
    this.wake = () => {};
  }

  /** [{client_msg_id, text, sent}], oldest first. */
  get items() {
    return this.shelf.get(this.name) || [];
  }

  get next() {
    return this.items.find((item) => !item.sent);
  }

  add(text) {
    const item = { client_msg_id: freshId(), text };
    this.keep([...this.items, item]);
    return item;
  }

  /** The server has it, but no event has shown it yet. */
  settle(id) {
    this.keep(this.items.map((item) => (item.client_msg_id === id ? { ...item, sent: true } : item)));
  }

  drop(...ids) {
    const { items } = this;
    const rest = items.filter((item) => !ids.includes(item.client_msg_id));
    if (rest.length < items.length) this.keep(rest);
  }

  keep(items) {
    this.shelf.set(this.name, items.slice(-KEPT_MAX));
  }

  clear() {
    this.keep([]);
    this.wake();
  }

  kick() {
    this.failures = 0;
    this.wake();
  }

  /** Sends what waits, oldest first, until nothing is left. */
  async flush() {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let item = this.next; item; item = this.next) await this.send(item);
    } finally {
      this.sending = false;
    }
  }

  async send({ client_msg_id: id, text }) {
    if (navigator.onLine === false) {
      this.on.state(id, "queued");
      await this.pause(ATTEMPT_PAUSE_MAX_MS);
      return;
    }
    this.on.state(id, "sending");
    try {
      const answer = await this.session.call("/widget/messages", { client_msg_id: id, text });
      this.failures = 0;
      this.settle(id);
      this.on.state(id, "sent");
      this.on.accepted(id, answer.turn_id);
    } catch (error) {
      const { status = 0, retryAfterMs = 0 } = error;
      if (status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status)) {
        this.drop(id);
        this.on.state(id, "failed", status === 413 ? "tooLong" : "refused");
        return;
      }
      this.on.state(id, "queued");
      const step = Math.min(ATTEMPT_PAUSE_MAX_MS, 1000 * 2 ** this.failures);
      this.failures += 1;
      await this.pause(Math.max(retryAfterMs, step * (0.5 + Math.random() / 2)));
    }
  }

  pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
