import { StateQueryError, type KafkaStreams } from '@mesh/streams';
import { queryHandler, type QueryableApplication } from '@mesh/streams/queries';
import type { FastifyInstance } from 'fastify';
import { CORRELATION_HEADER } from '../logging/correlation.js';

export interface QueryRoutesOptions {
  readonly applicationId: string;
  /** `host:port` of this service, as the other instances reach it. */
  readonly applicationServer: string;
  /** The application; `undefined` while there is none. */
  readonly app: () => KafkaStreams | undefined;
}

/** Routes by which the application's stores are asked, whichever instance has them: see `@mesh/streams/queries`. */
export function addQueryRoutes(http: FastifyInstance, options: QueryRoutesOptions): void {
  const { applicationServer } = options;
  const handle = queryHandler(new StartingApplication(options), { applicationServer });
  void http.register((scope, _options, done) => {
    // The handler reads the request itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const { method, url, summary } of ROUTES) {
      scope.route({
        method,
        url,
        schema: { tags: ['state'], summary },
        handler: (request, reply) => {
          reply.hijack();
          reply.raw.setHeader(CORRELATION_HEADER, request.id);
          handle(request.raw, reply.raw);
        },
      });
    }
    done();
  });
}

const ROUTES = [
  { method: 'POST', url: '/query', summary: 'Asks a store, of this instance or another, for what it holds' },
  { method: 'GET', url: '/stores', summary: 'The stores, and what kind each is of' },
  { method: 'GET', url: '/instances', summary: 'Which instance has which tasks' },
] as const;

/** An application that may not be there yet: then it can not answer for now. */
class StartingApplication implements QueryableApplication {
  readonly applicationId: string;
  readonly #app: () => KafkaStreams | undefined;

  constructor({ applicationId, app }: QueryRoutesOptions) {
    this.applicationId = applicationId;
    this.#app = app;
  }

  async query(request: Parameters<KafkaStreams['query']>[0]): ReturnType<KafkaStreams['query']> {
    return this.#started().query(request);
  }

  stores(): ReturnType<KafkaStreams['stores']> {
    return this.#started().stores();
  }

  metadataForAllStreamsClients(): ReturnType<KafkaStreams['metadataForAllStreamsClients']> {
    return this.#started().metadataForAllStreamsClients();
  }

  #started(): KafkaStreams {
    const app = this.#app();
    if (app !== undefined) return app;
    throw new StateQueryError('NOT_PRESENT', `the application ${this.applicationId} has not started yet`);
  }
}
