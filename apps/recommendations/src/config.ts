import { CommaList, SchemaRegistryConfigProperties, Type, type BaseConfig, type Static } from '@mesh/service';

const Arn = (description: string) => Type.String({ pattern: '^arn:[\\w-]+:personalize:.+$', description });

/** What this service reads from the environment, besides what every service does and the AWS SDK's own. */
export const ConfigSchema = Type.Object({
  ...SchemaRegistryConfigProperties,
  PERSONALIZE_CAMPAIGN_ARN: Arn('the ARN of a campaign for user personalisation'),
  PERSONALIZE_RANKING_CAMPAIGN_ARN: Arn('the ARN of a campaign for personalised ranking'),
  PERSONALIZE_SIMILAR_ITEMS_CAMPAIGN_ARN: Arn('the ARN of a campaign for similar items'),
  /** No filter where absent. */
  PERSONALIZE_FILTER_ARN: Type.Optional(
    Arn('the ARN of a filter that leaves out what was deleted or skipped'),
  ),
  /** No filter where absent. */
  PERSONALIZE_SIMILAR_ITEMS_FILTER_ARN: Type.Optional(
    Arn('the ARN of a filter that leaves out what was deleted'),
  ),
  /** After so long trending items are the answer. */
  PERSONALIZE_TIMEOUT_MS: Type.Integer({ default: 1_000, minimum: 10, maximum: 30_000 }),
  /** Failures in a row after which Personalize is not asked for a while. */
  BREAKER_FAILURES: Type.Integer({ default: 5, minimum: 1 }),
  BREAKER_OPEN_MS: Type.Integer({ default: 2_000, minimum: 1 }),
  /** Where what `trends` counts is asked. Without it, there is no answer of that. */
  TRENDS_URLS: Type.Optional(CommaList('URLs of instances of trends, or of what spreads requests over them')),
  /** The id under which `trends` runs. */
  TRENDS_APPLICATION_ID: Type.String({ default: 'trends', minLength: 1 }),
  /** After so long there is no answer of what it counts. */
  TRENDS_TIMEOUT_MS: Type.Integer({ default: 3_000, minimum: 10, maximum: 30_000 }),
  /** How far a replica may be behind that answers while an owner of counts does not. */
  TRENDS_STALENESS_MS: Type.Integer({ default: 10_000, minimum: 0 }),
  /** Windows of trends kept to fall back on. */
  TRENDS_WINDOWS: Type.Integer({ default: 3, minimum: 1, maximum: 100 }),
});

export type Config = Static<typeof ConfigSchema> & BaseConfig;
