// The stream of events: server-sent events read with fetch, resumed after every break from the last id that was seen.

const SILENCE_MS = 40000;
const BACKOFF_MAX_MS = 30000;

/** Calls `onEvent({id, type, data})`, `onComment()` and `onRetry(ms)` for what a text/event-stream body says. */
async function readEventStream(body, { onEvent, onComment, onRetry, onBytes }) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { data: [] };
  const take = (line) => {
    if (line === "") {
      if (event.data.length) onEvent({ id: event.id, type: event.type || "message", data: event.data.join("\n") });
      event = { data: [] };
      return;
    }
    const [, field, value] = /^([^:]*):? ?([^]*)$/.exec(line);
    if (!field) onComment();
    else if (field === "data") event.data.push(value);
    else if (field === "event") event.type = value;
    else if (field === "id") event.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) onRetry(Number(value));
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(take);
  }
}

class Feed {
  /** `on`: {event, present, state}. States: "off" "connecting" "live" "retrying" "offline" "refused". */
  constructor(session, on) {
    this.session = session;
    this.on = on;
    this.lastId = null;
    this.retryMs = 1000;
    this.wanted = false;
    this.failures = 0;
    this.run = 0;
    this.wake = () => {};
    this.state = "off";
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    this.loop((this.run += 1));
  }

  stop() {
    this.wanted = false;
    this.run += 1;
    this.cut();
    this.wake();
    this.say("off");
  }

  /** Forgets where it was: the next connection replays the conversation from its start. */
  restart() {
    this.stop();
    this.lastId = null;
    this.failures = 0;
    this.start();
  }

  /** Tries again at once, as the network seems to be back. */
  kick() {
    this.failures = 0;
    this.wake();
  }

  cut() {
    if (this.connection) this.connection.abort();
  }

  say(state) {
    if (this.state === state) return;
    this.state = state;
    this.on.state(state);
  }

  async loop(run) {
    while (this.wanted && run === this.run) {
      let pause = 0;
      try {
        await this.connect(run);
      } catch (error) {
        pause = error.retryAfterMs || 0;
        if (error.status === 403 || error.status === 404) {
          this.wanted = false;
          this.say("refused");
          return;
        }
      }
      if (run !== this.run) return;
      const offline = navigator.onLine === false;
      this.say(offline ? "offline" : "retrying");
      const step = Math.min(BACKOFF_MAX_MS, this.retryMs * 2 ** this.failures);
      this.failures += 1;
      await this.pause(offline ? BACKOFF_MAX_MS : Math.max(pause, step * (0.5 + Math.random() / 2)));
    }
  }

  async connect(run) {
    const connection = (this.connection = new AbortController());
    let alarm;
    const listen = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => connection.abort(), SILENCE_MS);
    };
    if (this.state === "off") this.say("connecting");
    try {
      listen();
      let { token } = await this.session.ready();
      const answer = await this.open(token, connection.signal).catch(async (error) => {
        if (error.status !== 401) throw error;
        ({ token } = await this.session.renewed(token));
        return this.open(token, connection.signal);
      });
      if (run !== this.run) return;
      this.say("live");
      const present = this.presence();
      await readEventStream(answer.body, {
        onBytes: () => {
          listen();
          this.failures = 0;
        },
        onComment: () => present.reached(),
        onRetry: (ms) => (this.retryMs = Math.min(Math.max(ms, 200), BACKOFF_MAX_MS)),
        onEvent: (event) => {
          if (run !== this.run) return;
          present.seen();
          this.take(event);
        },
      });
    } finally {
      clearTimeout(alarm);
      connection.abort();
    }
  }

  open(token, signal) {
    const headers = { Authorization: `Bearer ${token}`, Accept: "text/event-stream" };
    if (this.lastId !== null) headers["Last-Event-ID"] = this.lastId;
    return this.session.fetch("/widget/events", { headers, signal });
  }

  take({ id, type, data }) {
    if (id !== undefined) {
      const known = this.lastId !== null && Number(id) <= Number(this.lastId);
      if (known) return;
      this.lastId = id;
    }
    let value;
    try {
      value = JSON.parse(data);
    } catch {
      return;
    }
    this.on.event(type, value, Number(id));
  }

  /** The replay has reached the present at the first comment, or when nothing has come for a moment. */
  presence() {
    let timer;
    let reached = false;
    const now = () => {
      clearTimeout(timer);
      if (!reached) this.on.present();
      reached = true;
    };
    const wait = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(now, ms);
    };
    wait(800);
    return { reached: now, seen: () => !reached && wait(250) };
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
