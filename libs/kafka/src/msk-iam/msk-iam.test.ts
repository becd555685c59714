import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mskIam } from './msk-iam.js';

const before = { ...process.env };

beforeEach(() => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAEXAMPLE';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'not-a-secret';
});

afterEach(() => {
  process.env = { ...before };
});

it('signs the permission to connect with the credentials of the process', async () => {
  const sasl = mskIam({ region: 'eu-west-1' });
  expect(sasl.identity?.()).toBe('the AWS credentials of this process');
  const url = new URL(Buffer.from(await sasl.token(), 'base64url').toString());
  expect(url.host).toBe('kafka.eu-west-1.amazonaws.com');
  expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
  expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^AKIAEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\//);
});

it('knows who asked', async () => {
  const sasl = mskIam({ region: 'eu-west-1' });
  await sasl.token();
  expect(sasl.identity?.()).toContain('AWS access key AKIAEXAMPLE in eu-west-1');
});
