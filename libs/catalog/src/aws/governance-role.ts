import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { CatalogError } from '../errors.js';
import type { GovernanceRole } from '../ports/governance.js';
import { call, clientSettings, type AwsOptions } from './calls.js';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** A step may wait that long for what it started. */
const lasting = 15 * 60_000;

/** Assumes a role by STS, and again before its credentials end. */
export class StsGovernanceRole implements GovernanceRole {
  readonly #sts: STSClient;
  readonly #roleArn: string;
  #credentials: Credentials | undefined;

  constructor(roleArn: string, options: AwsOptions = {}) {
    this.#roleArn = roleArn;
    this.#sts = new STSClient(clientSettings(options));
  }

  async assume(): Promise<void> {
    await this.credentials();
  }

  /** For SDK clients, which ask again when `expiration` nears. */
  readonly credentials = async (): Promise<Credentials> => {
    const known = this.#credentials;
    if (known !== undefined && known.expiration.getTime() - Date.now() > lasting) return known;
    const { Credentials: given } = await call('AssumeRole', this.#roleArn, () =>
      this.#sts.send(
        new AssumeRoleCommand({
          RoleArn: this.#roleArn,
          RoleSessionName: 'mesh-catalog',
          DurationSeconds: 3_600,
        }),
      ),
    );
    const {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    } = given ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
      throw new CatalogError('MESH_CATALOG_UNAVAILABLE', `STS gave no credentials for ${this.#roleArn}`);
    }
    const expiration = given?.Expiration ?? new Date(Date.now() + 3_600_000);
    return (this.#credentials = { accessKeyId, secretAccessKey, sessionToken, expiration });
  };

  close(): void {
    this.#sts.destroy();
  }
}
