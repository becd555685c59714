import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import type { TokenSasl } from '../port/client.js';

export interface MskIamOptions {
  /** Of the cluster. */
  readonly region: string;
  /** To be assumed. Default: the identity of the SDK's default credentials. */
  readonly roleArn?: string;
}

/**
 * Authenticates with Amazon MSK by IAM: SASL/OAUTHBEARER with a signed request as the token, made anew for each
 * connection and valid for 15 minutes. Needs TLS, and the action kafka-cluster:Connect.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export function mskIam({ region, roleArn }: MskIamOptions): TokenSasl {
  let asked = roleArn === undefined ? 'the AWS credentials of this process' : `role ${roleArn}`;
  return {
    mechanism: 'oauthbearer',
    async token() {
      const role = roleArn === undefined ? {} : { awsRoleArn: roleArn, awsRoleSessionName: 'mesh-kafka' };
      const { token } = await generateAuthToken({ region, ...role });
      asked = identityIn(token, region) ?? asked;
      return token;
    },
    identity: () => asked,
  };
}

/** The token is the Base64 text of a presigned URL, which names the key that signed it. */
function identityIn(token: string, region: string): string | undefined {
  const url = Buffer.from(token, 'base64url').toString();
  const credential = URL.canParse(url) ? new URL(url).searchParams.get('X-Amz-Credential') : null;
  const key = credential?.split('/')[0];
  if (key === undefined || key === '') return undefined;
  return `AWS access key ${key} in ${region} (aws sts get-caller-identity says whose it is)`;
}
