import { readFileSync } from 'node:fs';
import { SerdeError, confluentFraming, createAvroCodec, defaultLimits, glueFraming } from '@mesh/serde';
import type { AvroCodec, Framing } from '@mesh/serde';
import type { Command } from 'commander';

/** `EX_DATAERR`: what was given is not what it should be. */
const DATA_ERROR = 65;

/** `mesh frame decode` and `mesh frame encode`: shows and makes frames of Glue's or Confluent's registry by hand. */
export function register(program: Command): void {
  const frame = program
    .command('frame')
    .description("show or make a frame of Glue's or Confluent's schema registry by hand");
  frame
    .command('decode')
    .description("print a frame's schema id, compression and value, in Avro's JSON encoding")
    .requiredOption('--schema <file>', "the writer's Avro schema")
    .argument('<hex>', 'the frame in hexadecimal, or - to read it from standard input')
    .action((hex: string, options: { schema: string }) => {
      print(() => decode(options.schema, hex === '-' ? readFileSync(0, 'utf8') : hex));
    });
  frame
    .command('encode')
    .description('print a frame in hexadecimal')
    .requiredOption('--schema <file>', "the writer's Avro schema")
    .option('--version-id <uuid>', "the id of its version in Glue's registry")
    .option('--schema-id <number>', "or its id in Confluent's")
    .option('--zlib', 'compress the body; Glue only')
    .argument('<json>', "the value in Avro's JSON encoding, or - to read it from standard input")
    .action((json: string, options: EncodeOptions) => {
      print(() => encode(options, json === '-' ? readFileSync(0, 'utf8') : json));
    });
}

function decode(schema: string, hex: string): string {
  const digits = hex.replace(/\s+/g, '').replace(/^0x/i, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new InputError('HEX has to be pairs of hexadecimal digits');
  const codec = readSchema(schema);
  const bytes = Buffer.from(digits, 'hex');
  const framing = bytes[0] === 0 ? confluentFraming : glueFraming;
  framing.check(bytes);
  const value = codec.decode(framing.body(bytes, defaultLimits.maxBytes));
  const head = [
    `${framing === glueFraming ? 'version id:' : 'schema id: '}  ${framing.versionId(bytes)}`,
    `compression: ${framing.compression(bytes)}`,
  ];
  return [...head, JSON.stringify(codec.toJson(value))].join('\n');
}

interface EncodeOptions {
  readonly schema: string;
  readonly versionId?: string;
  readonly schemaId?: string;
  readonly zlib?: boolean;
}

function encode(options: EncodeOptions, json: string): string {
  const codec = readSchema(options.schema);
  const [framing, id] = idOf(options);
  const header = framing.header(id, options.zlib === true ? 'zlib' : 'none');
  return framing.write(header, codec.encode(codec.fromJson(parse(json)))).toString('hex');
}

function idOf({ versionId, schemaId }: EncodeOptions): [Framing, string] {
  if (versionId !== undefined && schemaId === undefined) return [glueFraming, versionId];
  if (schemaId !== undefined && versionId === undefined) return [confluentFraming, schemaId];
  throw new InputError("give the schema's id: --version-id UUID (Glue) or --schema-id NUMBER (Confluent)");
}

function readSchema(file: string): AvroCodec {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputError(`the schema cannot be read: ${messageOf(cause)}`, { cause });
  }
  return createAvroCodec(text);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InputError(`AVRO-JSON is no JSON: ${messageOf(cause)}`, { cause });
  }
}

/** What the user gave is at fault. */
class InputError extends Error {
  override readonly name = 'InputError';
}

/** One line for what is wrong with the input; anything else is a fault of ours and keeps its trace. */
function print(make: () => string): void {
  try {
    console.log(make());
  } catch (error) {
    if (!(error instanceof SerdeError || error instanceof InputError)) throw error;
    const code = error instanceof SerdeError ? `${error.code}: ` : '';
    console.error(`mesh frame: ${code}${error.message.replace(/\s*\n\s*/g, ' ')}`);
    process.exitCode = DATA_ERROR;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
