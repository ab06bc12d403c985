// The live feed: a websocket that goes on from where it stopped, so nothing is missed and
// nothing comes twice.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
// The broker speaks at least every 30 seconds; longer silence is a dead connection.
const SILENCE_MS = 75000;

export class Feed {
  constructor(since, { onState, onBatch }) {
    this.since = since;
    this.onState = onState;
    this.onBatch = onBatch;
    this.wait = FIRST_WAIT_MS;
    this.connect();
    addEventListener('online', () => this.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden)
        this.retryNow();
    });
  }

  connect() {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.timer = undefined;
    this.socket = new WebSocket(`${scheme}://${location.host}/feed?since=${this.since}`, 'avow.feed.v1');
    this.socket.addEventListener('message', (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener('close', () => this.closed());
    this.listen();
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket.close(), SILENCE_MS);
  }

  take(message) {
    this.wait = FIRST_WAIT_MS;
    this.listen();
    if (message.hello) {
      this.onState(true);
      return;
    }
    this.since = Math.max(this.since, message.size);
    this.onBatch(message);
  }

  closed() {
    clearTimeout(this.silence);
    this.onState(false);
    this.timer = setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  retryNow() {
    if (this.timer === undefined)
      return;
    clearTimeout(this.timer);
    this.wait = FIRST_WAIT_MS;
    this.connect();
  }
}
