import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly broker: Socket;
}

/**
 * The way of one instance to one broker. It can be slow, lose the connections that are open, or be closed to all: what
 * a network does to an application that lives on and does not know.
 */
export class Proxy {
  readonly port: number;
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #delayMs = 0;
  #closed = false;

  private constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(port: number, target: number): Promise<Proxy> {
    const proxy = new Proxy(port, target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Holds back what goes through, each way. Milliseconds. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Ends all open connections, with what is under way on them. */
  cut(): void {
    for (const { client, broker } of this.#pairs) {
      client.resetAndDestroy();
      broker.destroy();
    }
    this.#pairs.clear();
  }

  /** Cuts, and lets nobody through until {@link open}. */
  close(): void {
    this.#closed = true;
    this.cut();
  }

  open(): void {
    this.#closed = false;
  }

  async stop(): Promise<void> {
    this.cut();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#closed) {
      client.resetAndDestroy();
      return;
    }
    const broker = connect(this.#target, '127.0.0.1');
    const pair = { client, broker };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    this.#carry(client, broker);
    this.#carry(broker, client);
  }

  /** Chunks keep their order whatever the delay is when they come: each waits for the one before. */
  #carry(from: Socket, to: Socket): void {
    let last = Promise.resolve();
    let waiting = 0;
    from.on('data', (chunk: Buffer) => {
      if (this.#delayMs === 0 && waiting === 0) {
        to.write(chunk);
        return;
      }
      const until = Date.now() + this.#delayMs;
      waiting += 1;
      last = last.then(async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
        waiting -= 1;
        if (!to.destroyed) to.write(chunk);
      });
    });
  }
}
