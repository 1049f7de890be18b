// Requests to the server, and the token they carry. The token goes into the Authorization header, never into an address.

const REQUEST_TIMEOUT_MS = 20000;
const SESSION_FRESH_MS = 600000;

class Refused extends Error {
  constructor(status, retryAfterS) {
    super(`the server answered ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterS * 1000;
  }
}

class Session {
  /** `settings`: {origin, language, identity}; `changed()` is called with every new record. */
  constructor(settings, shelf, changed) {
    this.settings = settings;
    this.shelf = shelf;
    this.changed = changed;
    this.subject = subjectOf(settings.identity);
    const kept = shelf.get("session");
    this.record = kept && kept.subject === this.subject ? kept : null;
    this.underWay = null;
  }

  get conversation() {
    return this.record ? this.record.conversation_id : null;
  }

  get widget() {
    return this.record ? this.record.widget : null;
  }

  adopt(record) {
    this.record = record;
  }

  forget() {
    this.record = null;
    this.shelf.remove("session");
  }

  /** A token that should work. One request at a time, whoever asks. */
  async ready() {
    const { record } = this;
    const age = record ? Date.now() - record.saved_at : 0;
    const good = record && record.expires_at * 1000 > Date.now() + 60000;
    if (good && age < SESSION_FRESH_MS && record.language === this.settings.language) return record;
    if (good && this.checked) return record;
    return this.renew();
  }

  renew() {
    this.underWay ||= this.ask().finally(() => (this.underWay = null));
    return this.underWay;
  }

  async ask() {
    const { identity, language } = this.settings;
    const token = this.record ? this.record.token : null;
    const attempts = [[token, identity]];
    if (token) attempts.push([null, identity]);
    if (identity) attempts.push([null, undefined]);
    for (const [bearer, who] of attempts) {
      try {
        const answer = await this.post("/widget/session", { identity: who, language }, bearer);
        this.record = { ...answer, language, subject: this.subject, saved_at: Date.now() };
        this.checked = true;
        this.shelf.set("session", this.record);
        this.changed();
        return this.record;
      } catch (error) {
        if (error.status !== 401) throw error;
      }
    }
    throw new Refused(401, 0);
  }

  /** POST with the token; a token that is no longer good is renewed once. */
  async call(path, body) {
    const { token } = await this.ready();
    try {
      return await this.post(path, body, token);
    } catch (error) {
      if (error.status !== 401) throw error;
      return this.post(path, body, (await this.renewed(token)).token);
    }
  }

  /** Renews, unless somebody else has replaced `token` in the meantime. */
  renewed(token) {
    return this.record && this.record.token !== token ? Promise.resolve(this.record) : this.renew();
  }

  async post(path, body, token) {
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await this.fetch(path, { method: "POST", headers, signal, body: JSON.stringify(body) });
    const text = await answer.text();
    return text ? JSON.parse(text) : {};
  }

  async fetch(path, options) {
    const answer = await fetch(this.settings.origin + path, { credentials: "omit", cache: "no-store", ...options });
    if (answer.ok) return answer;
    throw new Refused(answer.status, Number(answer.headers.get("Retry-After")) || 0);
  }
}

/** Whom a host-signed identity names, so that signing in or out does not carry a conversation along. */
function subjectOf(identity) {
  if (!identity) return "";
  try {
    const payload = identity.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return String(JSON.parse(atob(payload)).sub);
  } catch {
    return "?";
  }
}
