import { RegisterResourceCommand, type LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { isCode } from '../errors.js';
import type { DataLake } from '../ports/data-lake.js';
import { call } from './calls.js';

/** AWS Lake Formation. */
export class LakeFormation implements DataLake {
  readonly #client: LakeFormationClient;
  readonly #roleArn: string;

  /** @param roleArn whose rights Lake Formation reads and writes registered locations with */
  constructor(client: LakeFormationClient, roleArn: string) {
    this.#client = client;
    this.#roleArn = roleArn;
  }

  async registerLocation(arn: string): Promise<void> {
    try {
      await call('RegisterResource', arn, () =>
        this.#client.send(new RegisterResourceCommand({ ResourceArn: arn, RoleArn: this.#roleArn })),
      );
    } catch (error) {
      // There is no client token: what is registered already, by whomever, is as wanted.
      if (!isCode(error, 'MESH_CATALOG_CONFLICT')) throw error;
    }
  }
}
