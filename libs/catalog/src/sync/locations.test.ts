import { describe, expect, it } from '@jest/globals';
import { locationArns } from './locations.js';

describe('locations', () => {
  it('are ARNs of places in S3, each once and in order', () => {
    const paths = ['s3://raw/plays/', 's3a://raw/plays', 's3://lake', undefined, 'jdbc:x', 's3://a/b//'];
    expect(locationArns(paths)).toEqual(['arn:aws:s3:::a/b', 'arn:aws:s3:::lake', 'arn:aws:s3:::raw/plays']);
  });
});
