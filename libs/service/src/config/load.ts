import { Type, type Static, type TObject, type TProperties } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { BaseConfigSchema, type BaseConfig } from './base.js';
import { allowedValues, type ValueSchema } from './describe.js';
import { schemaRegistryFaults } from './aws.js';
import { kafkaSecurityFaults } from './kafka-security.js';

/** `EX_CONFIG` of sysexits.h: restarting will not help before somebody changes the configuration. */
export const EXIT_CONFIG = 78;

/** One variable that is missing or holds what it may not. `line` is what an operator reads. */
export interface ConfigFault {
  readonly variable: string;
  readonly line: string;
}

/** The configuration cannot be used; {@link runService} and {@link loadConfig} answer it with exit status 78. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map((fault) => fault.line).join('\n'));
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The service's own variables together with those every service has. */
export type ConfigOf<P extends TProperties> = Static<TObject<P>> & BaseConfig;

/**
 * Reads and checks the environment. Property names are the variables' names; an empty variable counts as not set;
 * lists are split at commas; numbers and booleans are converted. Variables that the schema does not name are ignored.
 * @throws ConfigError with one fault per variable
 */
export function parseConfig<P extends TProperties>(schema: TObject<P>, env: Environment): ConfigOf<P> {
  const properties: Record<string, ValueSchema> = { ...BaseConfigSchema.properties, ...schema.properties };
  const candidate: Record<string, unknown> = {};
  for (const [variable, property] of Object.entries(properties)) {
    const given = env[variable]?.trim();
    if (given === undefined || given === '') continue;
    candidate[variable] = property.type === 'array' ? given.split(',').map((entry) => entry.trim()) : given;
  }
  const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false });
  (formats as unknown as (ajv: Ajv) => void)(ajv);
  const validate = ajv.compile(Type.Composite([BaseConfigSchema, Type.Object(schema.properties)]));
  const variables = new Set(
    (validate(candidate) ? [] : (validate.errors ?? [])).map((error) =>
      error.keyword === 'required'
        ? String(error.params['missingProperty'])
        : (error.instancePath.split('/')[1] ?? ''),
    ),
  );
  const faults = [
    ...[...variables].map((variable) => faultOf(variable, properties[variable] ?? {}, env[variable])),
    ...[...kafkaSecurityFaults(env), ...schemaRegistryFaults(env)].filter(
      ({ variable }) => !variables.has(variable),
    ),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  return candidate as ConfigOf<P>;
}

/**
 * As {@link parseConfig}, for `main.ts`: a configuration that cannot be used ends the process with status 78, after
 * one line per fault on stderr that names the variable, what was given, and what is allowed.
 */
export function loadConfig<P extends TProperties>(
  schema: TObject<P>,
  env: Environment = process.env,
): ConfigOf<P> {
  try {
    return parseConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/**
 * What variables are where none is set.
 * @throws AssertError of typebox where one has no default
 */
export function defaultsOf<P extends TProperties>(properties: P): Static<TObject<P>> {
  const schema = Type.Object(properties);
  const values: unknown = Value.Default(schema, {});
  Value.Assert(schema, values);
  return values;
}

function faultOf(variable: string, schema: ValueSchema, given: string | undefined): ConfigFault {
  const allowed = allowedValues(schema);
  if (given === undefined || given.trim() === '') {
    return { variable, line: `configuration: ${variable} is not set; it must be ${allowed}` };
  }
  return {
    variable,
    line: `configuration: ${variable} is ${shown(variable, schema, given)}; allowed is ${allowed}`,
  };
}

const SECRET_NAME = /SECRET|PASSWORD|PASSPHRASE|TOKEN|CREDENTIAL|ACCESS_KEY|PRIVATE_KEY/i;

/** A fault is read in logs, so it shows no secret: neither a variable that is one nor a password inside a URL. */
function shown(variable: string, schema: ValueSchema, given: string): string {
  if (schema.writeOnly === true || SECRET_NAME.test(variable)) return '(a secret, not shown)';
  const withoutPassword = given.replace(/\/\/[^/@\s]*@/, '//***@');
  return JSON.stringify(withoutPassword.length > 80 ? `${withoutPassword.slice(0, 80)}…` : withoutPassword);
}
