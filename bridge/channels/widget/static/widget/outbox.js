// Messages on their way to the server: kept in storage until the server has them, sent one after the other, each under
// an id of its own, so that sending again after a doubt does no harm.

const ATTEMPT_PAUSE_MAX_MS = 30000;

class Outbox {
  /** `on`: {state(id, state, why), accepted(id, turnId)} */
  constructor(session, shelf, on) {
    this.session = session;
    this.shelf = shelf;
    this.on = on;
    this.sending = false;
    this.failures = 0;
    this.wake = () => {};
  }

  get waiting() {
    return this.shelf.get("outbox") || [];
  }

  add(text) {
    const item = { client_msg_id: freshId(), text };
    this.shelf.set("outbox", [...this.waiting, item]);
    return item;
  }

  drop(id) {
    const rest = this.waiting.filter((item) => item.client_msg_id !== id);
    if (rest.length) this.shelf.set("outbox", rest);
    else this.shelf.remove("outbox");
  }

  clear() {
    this.shelf.remove("outbox");
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
      for (let item = this.waiting[0]; item; item = this.waiting[0]) await this.send(item);
    } finally {
      this.sending = false;
    }
  }

  async send(item) {
    const id = item.client_msg_id;
    if (navigator.onLine === false) {
      this.on.state(id, "queued");
      await this.pause(ATTEMPT_PAUSE_MAX_MS);
      return;
    }
    this.on.state(id, "sending");
    try {
      const answer = await this.session.call("/widget/messages", item);
      this.failures = 0;
      this.on.state(id, "sent");
      this.on.accepted(id, answer.turn_id);
      this.drop(id);
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
