import type { FixedKeyProcessorSupplier, ProcessorSupplier } from '../processor/processor.js';
import type { Operator, StoreSpec } from './nodes.js';

/** A user's processor. */
export interface ProcessNode extends Operator {
  readonly kind: 'process';
  readonly processor:
    | { readonly keepsKey: false; readonly supplier: ProcessorSupplier<unknown, unknown, unknown, unknown> }
    | { readonly keepsKey: true; readonly supplier: FixedKeyProcessorSupplier<unknown, unknown, unknown> };
  readonly stores: readonly StoreSpec[];
}
