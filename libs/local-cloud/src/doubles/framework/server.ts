import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Arrivals } from './arrivals.js';
import { answerAdmin, type AdminContext } from './admin.js';
import { errorAnswer, mayAnswer, throttlingCodes } from './answers.js';
import { SerializationError, type WireAnswer } from './bindings.js';
import { DoublesError } from './errors.js';
import { Faults, type Suffering } from './faults.js';
import type { ServiceModel } from './model.js';
import { passOn } from './pass-on.js';
import { Router, type Route } from './router.js';
import { CompiledService } from './service.js';
import { Stats } from './stats.js';
import { ModelledError, type Call, type ServiceDouble } from './types.js';
import { violationsMessage, type Violation } from './violations.js';

/** More than any operation takes: 500 Firehose records in 4 MiB are under 6 MB in base64. */
const maxBodyBytes = 16 * 1024 * 1024;

/** What the server asks of the journals; {@link FileJournals} has it. */
export interface Durability {
  ensureWritable(): void;
  written(): Promise<void> | undefined;
}

export interface DoublesServerOptions {
  readonly doubles: readonly ServiceDouble[];
  /** The model of each double's service. */
  readonly models: ReadonlyMap<string, ServiceModel>;
  readonly durability?: Durability;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

export interface DoublesServer {
  readonly url: string;
  readonly stats: Stats;
  readonly faults: Faults;
  /** Answers what is under way, then settles; the doubles are closed by whoever made them. */
  close(): Promise<void>;
}

interface Answered extends WireAnswer {
  /** The error's code where it is no success. */
  readonly code?: string;
}

/**
 * Serves doubles on one port of 127.0.0.1 (0: a free one). A call is routed, checked against the service's model,
 * run, checked again and answered; `/_double/…` is for tests and tools.
 */
export async function serveDoubles(options: DoublesServerOptions, port = 0): Promise<DoublesServer> {
  const handler = new CallHandler(options);
  const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 60_000 }, (request, response) => {
    handler.handle(request, response).catch((error: unknown) => {
      // The connection broke while the request was read, or there is a defect here.
      options.log(`a call could not be answered: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    stats: handler.stats,
    faults: handler.faults,
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    // A kept-alive connection becomes idle when its last answer has left, and would hold the server open.
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}

class CallHandler {
  readonly stats: Stats;
  readonly faults: Faults;
  readonly #arrivals = new Arrivals();
  readonly #options: DoublesServerOptions;
  readonly #router: Router;
  readonly #admin: AdminContext;

  constructor(options: DoublesServerOptions) {
    this.#options = options;
    this.stats = new Stats(options.now);
    this.faults = new Faults(options.models);
    const services = options.doubles.map((double) => {
      const model = options.models.get(double.service);
      if (model === undefined) {
        throw new DoublesError(
          'MESH_DOUBLES_MODEL_MISSING',
          `there is no model for the double of ${double.service}`,
        );
      }
      return new CompiledService(double, model);
    });
    this.#router = new Router(services);
    this.#admin = {
      doubles: options.doubles,
      stats: this.stats,
      faults: this.faults,
      arrivals: this.#arrivals,
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const body = await readBody(request);
    if (request.url?.startsWith('/_double') === true) {
      const answer = await answerAdmin(this.#admin, request.method ?? 'GET', request.url, body);
      await this.#options.durability?.written();
      send(response, answer, requestId, 'application/json');
      return;
    }
    let route: Route;
    try {
      route = this.#router.route(request);
    } catch (error) {
      if (!(error instanceof ModelledError)) throw error;
      const answer = errorAnswer(undefined, undefined, error, []);
      this.stats.record('unknown', error.code, body?.length ?? 0, answer.body.length, {
        code: error.code,
        throttle: false,
      });
      send(response, answer, requestId, 'application/x-amz-json-1.1');
      return;
    }
    const { operation } = route;
    const answer = await this.#answer(route, request, body, requestId);
    if (answer === undefined) {
      this.stats.record(operation.service.name, operation.name, body?.length ?? 0, 0, {
        code: 'Disconnected',
        throttle: false,
      });
      response.destroy();
      return;
    }
    const { code } = answer;
    if (code === undefined) this.#arrivals.record(body, this.#options.now());
    this.stats.record(
      operation.service.name,
      operation.name,
      body?.length ?? 0,
      Buffer.byteLength(answer.body),
      code === undefined ? undefined : { code, throttle: throttlingCodes.has(code) },
    );
    const json =
      operation.service.model.metadata.protocol === 'json'
        ? 'application/x-amz-json-1.1'
        : 'application/json';
    send(response, answer, requestId, json);
  }

  /** The answer to a call, or undefined where an injected fault wants the connection closed. */
  async #answer(
    route: Route,
    request: IncomingMessage,
    body: Buffer | undefined,
    requestId: string,
  ): Promise<Answered | undefined> {
    const { service, name } = route.operation;
    try {
      if (body === undefined) {
        throw new ModelledError(
          'RequestEntityTooLargeException',
          `The request exceeds ${maxBodyBytes} bytes.`,
        );
      }
      let suffering: Suffering | undefined;
      if (!this.faults.none) {
        const late = this.faults.latency(service.name, name);
        if (late > 0) await delay(late);
        suffering = this.faults.suffering(service.name, name);
        if (suffering?.when === 'before') return this.#suffer(route, suffering);
      }
      const answer = await this.#run(route, request, body, requestId);
      // Only an effect can be hidden behind a failure; a refusal stays what it is.
      if (suffering !== undefined && answer.code === undefined) return this.#suffer(route, suffering);
      return answer;
    } catch (error) {
      return this.#failed(route, error);
    }
  }

  async #run(route: Route, request: IncomingMessage, body: Buffer, requestId: string): Promise<Answered> {
    const { operation, labels, query, region } = route;
    const { service, name, run } = operation;
    if (run === undefined) {
      const { elsewhere } = service.double;
      if (elsewhere?.operations.has(name) === true) return passOn(elsewhere.url, request, body);
      throw new ModelledError('UnsupportedOperation', `the double of ${service.name} does not have ${name}`);
    }
    const violations: Violation[] = [];
    const input = operation.read({ labels, query, headers: request.headers, body }, violations);
    if (violations.length > 0) {
      const mistyped = violations.filter(({ kind }) => kind === 'type');
      if (mistyped.length > 0) throw new SerializationError(violationsMessage(mistyped));
      const { code, message } = service.validationError(name, violations);
      throw new ModelledError(code, message);
    }
    const { durability, now } = this.#options;
    durability?.ensureWritable();
    const call: Call = {
      service: service.name,
      operation: name,
      requestId,
      region,
      now,
      partialFaults: (entries) => this.faults.partial(service.name, name, entries),
    };
    const output = await run(input, call);
    const defects: Violation[] = [];
    const answer = operation.write(output, defects);
    if (defects.length > 0) throw outsideModel(route, violationsMessage(defects));
    const written = durability?.written();
    if (written !== undefined) await written;
    return answer;
  }

  #suffer(route: Route, { kind, code, message }: Suffering): Answered | undefined {
    return kind === 'disconnect' ? undefined : this.#failed(route, new ModelledError(code, message));
  }

  #failed(route: Route, error: unknown): Answered {
    const { service, name } = route.operation;
    let modelled: ModelledError;
    if (error instanceof ModelledError && mayAnswer(service.model, name, error.code)) modelled = error;
    else if (error instanceof SerializationError)
      modelled = new ModelledError('SerializationException', error.message);
    else {
      const shown =
        error instanceof ModelledError
          ? outsideModel(route, `the model of ${name} lists no error ${error.code} (${error.message})`)
          : error;
      this.#options.log(
        `${service.name} ${name}: ${shown instanceof Error ? (shown.stack ?? shown.message) : String(shown)}`,
      );
      modelled = new ModelledError('InternalFailure', shown instanceof Error ? shown.message : String(shown));
    }
    const defects: Violation[] = [];
    const answer = errorAnswer(service.model, service.writers, modelled, defects);
    if (defects.length === 0) return answer;
    const defect = outsideModel(route, `error ${modelled.code}: ${violationsMessage(defects)}`);
    this.#options.log(`${service.name} ${name}: ${defect.message}`);
    return errorAnswer(
      service.model,
      service.writers,
      new ModelledError('InternalFailure', defect.message),
      [],
    );
  }
}

const outsideModel = ({ operation }: Route, detail: string): DoublesError =>
  new DoublesError(
    'MESH_DOUBLES_OUTPUT_INVALID',
    `the double of ${operation.service.name} answered ${operation.name} outside of the service's model, which is a defect of the double: ${detail}`,
  );

/** The whole body; undefined where it is larger than any request may be. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  // Events, not the asynchronous iterator, which costs as much as all else of a small call.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // Read on, so that the caller gets to read the answer.
      if (length <= maxBodyBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      if (length > maxBodyBytes) resolve(undefined);
      else resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
    });
    request.on('error', reject);
    request.on('close', () => {
      if (!request.complete) reject(new Error('the caller closed the connection'));
    });
  });
}

function send(response: ServerResponse, answer: WireAnswer, requestId: string, contentType: string): void {
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, {
    ...answer.headers,
    'x-amzn-requestid': requestId,
    ...(length > 0 ? { 'content-type': contentType } : {}),
    'content-length': length,
  });
  response.end(answer.body);
}
