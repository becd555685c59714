import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { ProblemError } from './problem.js';

/** What an orchestrator asks a service. `true`, or the reason why not. */
export interface Probes {
  /** Not alive is restarted: only for what a restart cures. */
  alive(): true | string;
  /** Not ready gets no traffic. Lag is never a reason: it is a metric, and killing for it makes it worse. */
  ready(): true | string;
}

const Healthy = Type.Object({ status: Type.Literal('ok') });
const Unavailable = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'Why not' }),
  correlationId: Type.Optional(Type.String()),
});

/** `/health`, `/ready`, `/metrics`, `/openapi.json`. */
export function addProbes(http: FastifyInstance, metrics: Registry, probes: Probes): void {
  const probe = (url: string, summary: string, ask: () => true | string): void => {
    const schema = { summary, tags: ['operations'], response: { 200: Healthy, 503: Unavailable } };
    http.get(url, { schema }, async (request, reply) => {
      const answer = ask();
      if (answer === true) return { status: 'ok' };
      // Sent, not thrown: "not yet" is an answer and no error to be logged at each probe.
      const problem = new ProblemError(503, answer);
      return reply.code(503).type('application/problem+json').send(problem.details(request.id));
    });
  };
  probe('/health', 'Whether the process is alive', () => probes.alive());
  probe('/ready', 'Whether the service can do its work', () => probes.ready());
  http.get(
    '/metrics',
    { schema: { summary: 'Prometheus metrics', tags: ['operations'] } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  http.get('/openapi.json', { schema: { hide: true } }, async () => http.swagger());
}
