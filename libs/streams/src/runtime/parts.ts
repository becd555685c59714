import type { Node, Reads } from '../topology/nodes.js';
import { isEncodedBy, type Edge } from './forms.js';

/*
 * What each kind of operator looks at and changes of what passes through it: what the compiler plans decoding by.
 */

/** What an operator must have decoded, given what it is handed. */
export function readsOf(node: Node, edge: Edge): Reads {
  const reads = readsAsItIs(node, edge);
  return outlives(node) ? { ...reads, key: true } : reads;
}

function readsAsItIs(node: Node, edge: Edge): Reads {
  switch (node.kind) {
    case 'source':
      return node.timestamp?.reads ?? NOTHING;
    case 'topic': {
      const { key, value } = node.partitioner?.reads ?? NOTHING;
      return {
        key: key || !isEncodedBy(edge.key, node.key),
        value: value || !isEncodedBy(edge.value, node.value),
      };
    }
    case 'topicChooser': {
      const { key, value } = node.partitioner?.reads ?? NOTHING;
      return {
        key: key || node.reads.key || !isEncodedBy(edge.key, node.key),
        value: value || node.reads.value || !isEncodedBy(edge.value, node.value),
      };
    }
    case 'feed':
      return BOTH;
    case 'filter':
    case 'map':
    case 'flatMap':
    case 'peek':
    case 'branch':
    case 'mapAsync':
    case 'distinct':
      return node.reads;
    case 'globalJoin':
      return { key: node.reads.key, value: true };
    case 'aggregate': {
      const { reads } = node.aggregation;
      return { key: reads.key || !isEncodedBy(edge.key, node.store.key), value: reads.value };
    }
    case 'windowAggregate':
      return { key: true, value: node.aggregation.reads.value };
    case 'slidingAggregate':
    case 'sessionAggregate':
      return { key: true, value: node.aggregation.reads.value };
    case 'suppress':
    case 'streamJoin':
    case 'streamTableJoin':
    case 'process':
    case 'tableTransform':
      return BOTH;
    case 'tableSource': {
      const { store } = node;
      return { key: store !== undefined && !isEncodedBy(edge.key, store.key), value: true };
    }
    case 'tableFilter':
    case 'tableMap':
      return {
        key: node.reads.key || (node.store !== undefined && !isEncodedBy(edge.key, node.key)),
        value: true,
      };
    case 'tableJoin':
    case 'tableMerge':
      return { key: !isEncodedBy(edge.key, node.join.key), value: true };
    case 'tableRegroup':
      return { key: node.reads.key, value: true };
    case 'tableAggregate':
      return { key: node.reads.key || !isEncodedBy(edge.key, node.store.key), value: true };
    case 'subscribe':
      return { key: node.reads.key || !isEncodedBy(edge.key, node.left.key), value: true };
    case 'foreignJoin':
      return { key: !isEncodedBy(edge.key, node.rightKey), value: true };
    case 'subscriptionReceive':
    case 'subscriptionJoin':
    case 'foreignResponse':
      return { key: false, value: true };
    case 'pass':
    case 'toStream':
    case 'globalTable':
    case 'cogroupMerge':
      return NOTHING;
  }
}

export function changesOf(node: Node): { readonly key: boolean; readonly value: boolean } {
  const changes = changesAsItIs(node);
  return outlives(node) ? { ...changes, key: true } : changes;
}

/** Whether entries of its store end with time: what then goes on has a key of the store, and no record to take it of. */
function outlives(node: Node): boolean {
  return 'store' in node && node.store?.ttlMs !== undefined;
}

function changesAsItIs(node: Node): { readonly key: boolean; readonly value: boolean } {
  switch (node.kind) {
    case 'map':
    case 'flatMap':
    case 'mapAsync':
      return { key: node.map.changes !== 'value', value: node.map.changes !== 'key' };
    case 'streamTableJoin':
      return { key: node.buffer !== undefined, value: true };
    case 'globalJoin':
    case 'aggregate':
    case 'tableSource':
    case 'tableFilter':
    case 'tableMap':
    case 'tableTransform':
    case 'tableJoin':
    case 'tableMerge':
    case 'tableAggregate':
    case 'subscriptionReceive':
    case 'foreignResponse':
      return { key: false, value: true };
    case 'windowAggregate':
    case 'slidingAggregate':
    case 'sessionAggregate':
    case 'suppress':
    case 'streamJoin':
    case 'topic':
    case 'topicChooser':
    case 'feed':
    case 'tableRegroup':
    case 'subscribe':
    case 'subscriptionJoin':
    case 'foreignJoin':
    case 'process':
      // Where it cannot change the key, it may still hand on a record that came earlier.
      return BOTH;
    case 'source':
    case 'filter':
    case 'peek':
    case 'branch':
    case 'pass':
    case 'distinct':
    case 'toStream':
    case 'globalTable':
    case 'cogroupMerge':
      return NOTHING;
  }
}

const NOTHING: Reads = { key: false, value: false };
const BOTH: Reads = { key: true, value: true };

/** Whether an operator must be given the value before a change. */
export function takesOld(node: Node): boolean {
  return (
    node.kind === 'tableFilter' ||
    node.kind === 'tableJoin' ||
    node.kind === 'tableRegroup' ||
    node.kind === 'suppress' ||
    node.kind === 'subscribe'
  );
}

/** Whether an operator makes the old value that it hands on of the one it is given. */
export function passesOld(node: Node): boolean {
  return (
    (node.kind === 'tableMap' || node.kind === 'tableTransform' || node.kind === 'tableMerge') &&
    node.store === undefined
  );
}
