import { CatalogError, type CatalogChange, type CatalogErrorCode } from '@mesh/catalog';
import { sampleEvents } from '@mesh/catalog/testing';
import { describe, expect, it } from '@jest/globals';
import { MessageHandler } from './message-handler.js';
import { retryDelay } from './retry.js';

const retry = { maxReceives: 3, first: 2, longest: 60 };

function handle(body: string, receives: number, apply: (change: CatalogChange) => Promise<never>) {
  return new MessageHandler({ apply }, retry).handle({ body, receives });
}

const fails = (error: Error) => () => Promise.reject<never>(error);
const event = sampleEvents.databaseChanged('music', 'CreateTable');

describe('an event that fails', () => {
  it.each<CatalogErrorCode>([
    'MESH_CATALOG_NOT_READY',
    'MESH_CATALOG_UNAVAILABLE',
    'MESH_CATALOG_CONFLICT',
    'MESH_CATALOG_DENIED',
  ])('with %s is tried again, and a dead letter after the last try', async (code) => {
    const error = new CatalogError(code, 'not now');
    expect(await handle(event, 1, fails(error))).toMatchObject({ kind: 'retry', error });
    expect(await handle(event, 3, fails(error))).toEqual({
      kind: 'dead',
      reason: { code, message: 'after 3 tries: not now' },
      error,
    });
  });

  it.each<CatalogErrorCode>([
    'MESH_CATALOG_NOT_FOUND',
    'MESH_CATALOG_REFUSED',
    'MESH_CATALOG_QUOTA',
    'MESH_CATALOG_FAILED',
  ])('with %s is a dead letter at once', async (code) => {
    const error = new CatalogError(code, 'never');
    expect(await handle(event, 1, fails(error))).toMatchObject({
      kind: 'dead',
      reason: { code, message: 'never' },
    });
  });

  it('as nobody has foreseen is tried again', async () => {
    const error = new TypeError('x is undefined');
    expect(await handle(event, 1, fails(error))).toMatchObject({ kind: 'retry' });
    expect(await handle(event, 3, fails(error))).toMatchObject({
      kind: 'dead',
      reason: { code: 'MESH_CATALOG_UNKNOWN', message: 'after 3 tries: x is undefined' },
    });
  });

  it('because it was told to stop is given back at once', async () => {
    const error = Object.assign(new Error('stopped'), { name: 'AbortError' });
    expect(await handle(event, 3, fails(error))).toMatchObject({ kind: 'retry', seconds: 0 });
  });
});

describe('an event that does not concern the catalogue', () => {
  it('is ignored, and one that is none is a dead letter with what is wrong', async () => {
    const never = fails(new Error('not to be asked'));
    expect(await handle(sampleEvents.crawlerChanged('raw', 'Failed'), 1, never)).toEqual({
      kind: 'ignored',
      detail: "the crawler's state is Failed",
    });
    expect(await handle('hello', 1, never)).toMatchObject({
      kind: 'dead',
      reason: {
        code: 'MESH_CATALOG_EVENT_INVALID',
        message: 'the event cannot be used: it is not JSON',
      },
    });
  });
});

describe('the wait for the next try', () => {
  it('is anywhere up to a ceiling that doubles, and has an end', () => {
    const delays = (random: number) =>
      [1, 2, 3, 6, 20].map((receives) => retryDelay(receives, retry, () => random));
    expect(delays(0)).toEqual([0, 0, 0, 0, 0]);
    expect(delays(0.999_999)).toEqual([2, 4, 8, 60, 60]);
  });
});
