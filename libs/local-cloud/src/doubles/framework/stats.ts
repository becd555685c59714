/** What one operation was asked and answered since the counts were last set to nothing. */
export interface OperationStats {
  calls: number;
  /** Answers that were no success, throttled ones included. */
  errors: number;
  /** Answers with a code that means «slow down». */
  throttles: number;
  /** Bytes of bodies received. */
  bytesIn: number;
  /** Bytes of bodies answered. */
  bytesOut: number;
  errorsByCode: Record<string, number>;
}

/** Counts calls per service and operation: what `GET /_double/stats` answers. */
export class Stats {
  #since: number;
  readonly #now: () => number;
  readonly #services = new Map<string, Map<string, OperationStats>>();

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  record(
    service: string,
    operation: string,
    bytesIn: number,
    bytesOut: number,
    error?: { code: string; throttle: boolean },
  ): void {
    let operations = this.#services.get(service);
    if (operations === undefined) {
      operations = new Map<string, OperationStats>();
      this.#services.set(service, operations);
    }
    let stats = operations.get(operation);
    if (stats === undefined) {
      stats = { calls: 0, errors: 0, throttles: 0, bytesIn: 0, bytesOut: 0, errorsByCode: {} };
      operations.set(operation, stats);
    }
    stats.calls++;
    stats.bytesIn += bytesIn;
    stats.bytesOut += bytesOut;
    if (error === undefined) return;
    stats.errors++;
    if (error.throttle) stats.throttles++;
    stats.errorsByCode[error.code] = (stats.errorsByCode[error.code] ?? 0) + 1;
  }

  /** `since` in milliseconds since the epoch; services, then operations, by name. */
  toJSON(): { since: number; services: Record<string, Record<string, OperationStats>> } {
    const services: Record<string, Record<string, OperationStats>> = {};
    for (const [service, operations] of this.#services) services[service] = Object.fromEntries(operations);
    return { since: this.#since, services };
  }

  reset(): void {
    this.#services.clear();
    this.#since = this.#now();
  }
}
