import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { BaseConfig } from '../config/base.js';
import { ProblemError } from '../http/problem.js';
import { createHttpServer } from '../http/server.js';
import type { Logger } from '../logging/logger.js';
import { createMetrics } from '../metrics/registry.js';
import type { ServiceDefinition } from './context.js';
import { httpOptions, urlOf } from './running-service.js';

/**
 * Answers in the service's place while its start waits for something: alive, not ready and why, and 503 with
 * Retry-After to everything else. Open only where a start has to be tried again.
 */
export class WaitingRoom<C extends BaseConfig> {
  readonly #definition: ServiceDefinition<C>;
  readonly #parts: { readonly name: string; readonly log: Logger };
  #http: FastifyInstance | undefined;
  #reason = '';
  #port: number;

  constructor(definition: ServiceDefinition<C>, parts: { readonly name: string; readonly log: Logger }) {
    this.#definition = definition;
    this.#parts = parts;
    this.#port = definition.config.HTTP_PORT;
  }

  /** Where the service is to listen once this is closed: the port that was free is known by then. */
  get port(): number {
    return this.#port;
  }

  async open(reason: string): Promise<void> {
    this.#reason = reason;
    if (this.#http !== undefined) return;
    const { HTTP_HOST: host } = this.#definition.config;
    const http = await createHttpServer({
      ...httpOptions(this.#definition, this.#parts),
      metrics: createMetrics(this.#parts.name),
      probes: { alive: () => true, ready: () => this.#detail() },
    });
    this.#http = http;
    http.addHook('onRequest', async (request, reply) => {
      // Nobody keeps a connection that is closed when the service takes over.
      void reply.header('connection', 'close');
      if (request.routeOptions.url !== undefined) return;
      const problem = new ProblemError(503, this.#detail());
      await reply
        .code(503)
        .header('retry-after', '1')
        .type('application/problem+json')
        .send(problem.details(request.id));
    });
    await http.listen({ host, port: this.#port });
    const address = http.server.address() as AddressInfo;
    this.#port = address.port;
    this.#parts.log.info({ url: urlOf(host, address) }, 'listening');
  }

  get opened(): boolean {
    return this.#http !== undefined;
  }

  async close(): Promise<void> {
    await this.#http?.close();
  }

  #detail(): string {
    return `waiting to start: ${this.#reason}`;
  }
}
