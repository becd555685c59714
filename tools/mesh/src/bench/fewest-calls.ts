/** When something that has to be sent came, and what it may share a call with. */
export interface Arrival {
  /** Milliseconds. */
  readonly at: number;
  readonly batchKey: string;
}

/**
 * The fewest calls that could carry these arrivals, when none may wait longer than the linger, only arrivals of one
 * batch key may share a call, and a call takes so many: the yardstick for what a sink really sent. Taking the oldest
 * and all that may still go with it is optimal here, because later arrivals only ever have later deadlines.
 */
export function fewestCalls(arrivals: Iterable<Arrival>, lingerMs: number, perCall: number): number {
  const open = new Map<string, { until: number; room: number }>();
  let calls = 0;
  for (const { at, batchKey } of arrivals) {
    const call = open.get(batchKey);
    if (call !== undefined && at <= call.until && call.room > 0) {
      call.room -= 1;
      continue;
    }
    calls += 1;
    open.set(batchKey, { until: at + lingerMs, room: perCall - 1 });
  }
  return calls;
}
