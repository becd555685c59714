/** A source of values in ascending order of `at`, and the value it stands at. */
interface Head<T> {
  readonly order: number;
  readonly source: Iterator<T, unknown, undefined>;
  value: T;
}

/**
 * Merges sources that each ascend into one stream that ascends; what is equal comes in the order of the sources. Holds
 * one value a source, in a binary heap.
 */
export function* mergeByTime<T extends { readonly at: number }>(
  sources: Iterable<Iterator<T, unknown, undefined>>,
): Generator<T, void, undefined> {
  const heap: Head<T>[] = [];
  let order = 0;
  for (const source of sources) {
    const first = source.next();
    if (first.done !== true) heap.push({ order: order++, source, value: first.value });
  }
  for (let index = heap.length >>> 1; index-- > 0;) sink(heap, index);
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    yield top.value;
    const next = top.source.next();
    if (next.done === true) {
      const last = heap.pop();
      if (last !== undefined && last !== top) heap[0] = last;
    } else {
      top.value = next.value;
    }
    sink(heap, 0);
  }
}

function sink<T extends { readonly at: number }>(heap: Head<T>[], from: number): void {
  let index = from;
  for (let head = heap[index]; head !== undefined;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) return;
    const [child, at] =
      right !== undefined && before(right, left) ? [right, 2 * index + 2] : [left, 2 * index + 1];
    if (!before(child, head)) return;
    heap[index] = child;
    heap[at] = head;
    index = at;
  }
}

function before<T extends { readonly at: number }>(a: Head<T>, b: Head<T>): boolean {
  return a.value.at < b.value.at || (a.value.at === b.value.at && a.order < b.order);
}
