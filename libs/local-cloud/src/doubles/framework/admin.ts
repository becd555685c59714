import type { Arrivals } from './arrivals.js';
import type { WireAnswer } from './bindings.js';
import { DoublesError } from './errors.js';
import type { Faults } from './faults.js';
import type { Stats } from './stats.js';
import type { ServiceDouble } from './types.js';

export interface AdminContext {
  readonly doubles: readonly ServiceDouble[];
  readonly stats: Stats;
  readonly faults: Faults;
  readonly arrivals: Arrivals;
}

/**
 * What is at `/_double`, for tests, the demo and the benchmark; JSON in and out, unsigned:
 *
 * - `GET /_double/health`: the services answered;
 * - `GET /_double/stats`: calls, errors, throttles and bytes per service and operation; `POST /_double/reset-stats`;
 * - `POST /_double/faults` with a fault puts it in force and answers its id; `GET` lists them; `DELETE` ends all, with
 *   `?id=` one;
 * - `POST /_double/arrivals` starts noting when each event id first arrived, `GET` answers it, `DELETE` ends it;
 * - `POST /_double/<service>/<name>`: what a double itself offers.
 */
export async function answerAdmin(
  { doubles, stats, faults, arrivals }: AdminContext,
  method: string,
  url: string,
  body: Buffer | undefined,
): Promise<WireAnswer> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, , first = '', second, ...rest] = pathname.split('/');
  try {
    if (rest.length > 0) return notFound(method, pathname);
    if (second === undefined) {
      switch (`${method} ${first}`) {
        case 'GET health':
          return json(200, { status: 'ok', services: doubles.map(({ service }) => service) });
        case 'GET stats':
          return json(200, stats);
        case 'POST reset-stats':
          stats.reset();
          return json(200, {});
        case 'GET faults':
          return json(200, { faults: faults.list() });
        case 'POST faults':
          return json(200, faults.add(parse(body)));
        case 'DELETE faults': {
          const id = searchParams.get('id');
          faults.remove(id === null ? undefined : Number(id));
          return json(200, {});
        }
        case 'GET arrivals':
          return json(200, arrivals);
        case 'POST arrivals':
          arrivals.start();
          return json(200, {});
        case 'DELETE arrivals':
          arrivals.stop();
          return json(200, {});
        default:
          return notFound(method, pathname);
      }
    }
    const admin = doubles.find(({ service }) => service === first)?.admin;
    const run = admin !== undefined && Object.hasOwn(admin, second) ? admin[second] : undefined;
    if (run === undefined || method !== 'POST') return notFound(method, pathname);
    return json(200, (await run(parse(body))) ?? {});
  } catch (error) {
    if (error instanceof SyntaxError) return json(400, { message: `the body is not JSON: ${error.message}` });
    if (error instanceof DoublesError && error.code === 'MESH_DOUBLES_FAULT_INVALID') {
      return json(400, { message: error.message });
    }
    return json(500, { message: error instanceof Error ? error.message : String(error) });
  }
}

const parse = (body: Buffer | undefined): unknown =>
  body === undefined || body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as unknown);

const json = (status: number, value: unknown): WireAnswer => ({
  status,
  headers: {},
  body: JSON.stringify(value),
});

const notFound = (method: string, path: string): WireAnswer =>
  json(404, { message: `there is nothing at ${method} ${path}` });
