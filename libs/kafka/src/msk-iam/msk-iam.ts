import type { TokenSasl } from '../port/client.js';

export interface MskIamOptions {
  /** Of the cluster. */
  readonly region: string;
}

/**
 * Authenticates with Amazon MSK by IAM: SASL/OAUTHBEARER with a signed request as the token, made anew for each
 * connection with the SDK's default credentials and valid for 15 minutes. Needs TLS, and the action kafka-cluster:Connect.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export function mskIam({ region }: MskIamOptions): TokenSasl {
  let asked = 'the AWS credentials of this process';
  return {
    mechanism: 'oauthbearer',
    async token() {
      // Loaded where it is used: a configuration that may ask for it need not.
      const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
      const { token } = await generateAuthToken({ region });
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
