import { awsCatalogParts, Catalog, type StepObserver } from '@mesh/catalog';
import { EventQueue } from './adapters/event-queue.js';
import type { Config } from './config.js';
import { MessageHandler } from './domain/message-handler.js';
import { topicOfSchema } from './domain/topic-of-schema.js';

/** What the container and the function have alike. */
export interface Core {
  readonly queue: EventQueue;
  readonly handler: MessageHandler;
  close(): void;
}

export function createCore(
  config: Config,
  observe: { onStep?: StepObserver; signal?: AbortSignal } = {},
): Core {
  const { onStep, signal } = observe;
  const parts = awsCatalogParts({
    region: config.AWS_REGION,
    governanceRoleArn: config.GOVERNANCE_ROLE_ARN,
    locationRoleArn: config.LAKE_LOCATION_ROLE_ARN,
    topicOf: topicOfSchema,
  });
  const s3Location = config.DATAZONE_ENVIRONMENT_S3_LOCATION;
  const catalog = new Catalog({
    parts,
    names: {
      domainName: config.DATAZONE_DOMAIN_NAME,
      projectName: config.DATAZONE_PROJECT_NAME,
      blueprintName: config.DATAZONE_BLUEPRINT_NAME,
      environmentName: config.DATAZONE_ENVIRONMENT_NAME,
      registryName: config.GLUE_REGISTRY_NAME,
      publish: config.CATALOG_PUBLISH,
      roles: {
        manageAccessRoleArn: config.DATAZONE_MANAGE_ACCESS_ROLE_ARN,
        provisioningRoleArn: config.DATAZONE_PROVISIONING_ROLE_ARN,
        ...(s3Location === undefined ? {} : { s3Location }),
      },
    },
    patience: {
      waitMs: config.CATALOG_WAIT_MS,
      pollMs: config.CATALOG_POLL_MS,
      ...(signal === undefined ? {} : { signal }),
    },
    ...(onStep === undefined ? {} : { onStep }),
  });
  const queue = new EventQueue({
    queueUrl: config.CATALOG_QUEUE_URL,
    deadLetterQueueUrl: config.CATALOG_DEAD_LETTER_QUEUE_URL,
    visibilityTimeout: config.CATALOG_VISIBILITY_TIMEOUT_S,
  });
  const handler = new MessageHandler(catalog, {
    maxReceives: config.CATALOG_MAX_RECEIVES,
    first: config.CATALOG_RETRY_FIRST_S,
    longest: config.CATALOG_RETRY_LONGEST_S,
  });
  return {
    queue,
    handler,
    close: () => {
      queue.close();
      parts.close();
    },
  };
}
