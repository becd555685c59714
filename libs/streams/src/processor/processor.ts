import type { Header } from '@mesh/kafka';
import type { RecordMetadata } from '../record.js';
import type { FixedKeyRecord } from './fixed-key-record.js';

/** A record as processors take it and hand it on: `context.forward({ ...record, value: 1 })`. */
export interface ProcessorRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** Milliseconds since the epoch, at least 0. */
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

/**
 * Which time a punctuation goes by: that of the records that the task has processed, which stands still where none come,
 * or that of the machine.
 */
export type PunctuationType = 'stream-time' | 'wall-clock-time';

/** @param timestamp the time, of its kind, at which it is called */
export type Punctuator = (timestamp: number) => void;

/** What {@link ProcessingContext.schedule} gives: no call comes after `cancel()`. */
export interface Cancellable {
  cancel(): void;
}

export interface ScheduleOptions {
  /**
   * Calls come at this time and whole intervals from it. Milliseconds since the epoch. Absent: stream time is counted
   * from the epoch, so that the first call comes with the first record; wall-clock time from now, the first call after
   * one interval.
   */
  readonly startTimeMs?: number;
}

/** What a task gives a processor, whatever it forwards. `S` are the stores that it was given, by their names. */
export interface ProcessingContext<S extends object> {
  readonly applicationId: string;
  /** `<sub-topology>_<partition>` */
  readonly taskId: string;
  /** Where the record under way came from; `undefined` in a punctuation, and before the first record. */
  readonly recordMetadata: RecordMetadata | undefined;
  /** The latest time of any record of the task, this one included, or −1. Milliseconds since the epoch. */
  currentStreamTimeMs(): number;
  /** Milliseconds since the epoch; in the test driver, its clock. */
  currentSystemTimeMs(): number;
  /** A store, of this task's partition, that was named when the processor was added. */
  getStateStore<N extends keyof S & string>(name: N): S[N];
  /**
   * Has a function called each time that an interval has passed. Where several have at once, because no record came or
   * the machine was busy, it is called once.
   *
   * @param intervalMs above 0
   * @throws StreamsError `ILLEGAL_STATE` for an interval or start that is none
   */
  schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuator: Punctuator,
    options?: ScheduleOptions,
  ): Cancellable;
  /** Asks for a commit as soon as it can be; returns before. */
  commit(): void;
}

export interface ProcessorContext<KOut, VOut, S extends object = object> extends ProcessingContext<S> {
  /**
   * Hands a record to what comes after, and returns once that has processed it.
   *
   * @param childName the name of the one operator that it is for; absent: all
   * @throws StreamsError `ILLEGAL_STATE` where no such operator comes after
   */
  forward(record: ProcessorRecord<KOut, VOut>, childName?: string): void;
}

/** As {@link ProcessorContext}, for records whose key stays. */
export interface FixedKeyProcessorContext<K, VOut, S extends object = object> extends ProcessingContext<S> {
  forward(record: FixedKeyRecord<K, VOut>, childName?: string): void;
}

/*
 * The functions are declared as properties so that the compiler compares their parameters strictly: a processor of other
 * records, or one that wants stores it is not given, does not fit.
 */

/** One for each task: it may keep what it likes in its fields, and loses them with the task. */
export interface Processor<KIn, VIn, KOut, VOut, S extends object = object> {
  /** Once, when the task's state is there and before anything else. */
  readonly init?: (context: ProcessorContext<KOut, VOut, S>) => void;
  readonly process: (record: ProcessorRecord<KIn, VIn>) => void;
  /** Once, at the end of the task. Nothing can be forwarded any more. */
  readonly close?: () => void;
}

export interface FixedKeyProcessor<K, VIn, VOut, S extends object = object> {
  readonly init?: (context: FixedKeyProcessorContext<K, VOut, S>) => void;
  readonly process: (record: FixedKeyRecord<K, VIn>) => void;
  readonly close?: () => void;
}

/** Makes a new processor at each call: each task has its own. */
export type ProcessorSupplier<KIn, VIn, KOut, VOut, S extends object = object> = () => Processor<
  KIn,
  VIn,
  KOut,
  VOut,
  S
>;

export type FixedKeyProcessorSupplier<K, VIn, VOut, S extends object = object> = () => FixedKeyProcessor<
  K,
  VIn,
  VOut,
  S
>;

/** What a value transformer of a table is given: it answers with a value and forwards nothing. */
export type ValueTransformerContext<S extends object = object> = ProcessingContext<S>;

/** See `KTable.transformValues`. */
export interface ValueTransformer<K, V, R, S extends object = object> {
  readonly init?: (context: ValueTransformerContext<S>) => void;
  /** @param value `null` where the key has gone */
  readonly transform: (key: K, value: V | null) => R | null;
  readonly close?: () => void;
}

export type ValueTransformerSupplier<K, V, R, S extends object = object> = () => ValueTransformer<K, V, R, S>;
