import { startDoubles } from './index.js';

/**
 * The doubles as a process: DOUBLES_STATE_DIR (required), DOUBLES_PORT (default: a free one), MOTO_URL,
 * DOUBLES_SERVICES (botocore's names, joined by commas; default: all), OPENSEARCH_URL, AWS_REGION, GLUE_PENDING_MS. Says where it listens in one line of JSON; SIGTERM and SIGINT end it,
 * with status 0 once all is written.
 */
async function main(): Promise<void> {
  const env = process.env;
  const stateDir = env['DOUBLES_STATE_DIR'];
  if (stateDir === undefined || stateDir === '')
    fail('DOUBLES_STATE_DIR must name the folder the state is kept in');
  const port = wholeNumber('DOUBLES_PORT', env['DOUBLES_PORT'] ?? '0');
  const pending = env['GLUE_PENDING_MS'];
  const services = env['DOUBLES_SERVICES'];
  const motoUrl = env['MOTO_URL'];
  const openSearchUrl = env['OPENSEARCH_URL'];
  const doubles = await startDoubles({
    stateDir,
    port,
    ...(pending === undefined ? {} : { glue: { pendingMs: wholeNumber('GLUE_PENDING_MS', pending) } }),
    ...(services === undefined ? {} : { services: services.split(',') }),
    ...(motoUrl === undefined ? {} : { motoUrl }),
    ...(openSearchUrl === undefined ? {} : { openSearchUrl }),
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    doubles.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`doubles: stopped without having written all: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(`${JSON.stringify({ msg: 'listening', url: doubles.url })}\n`);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) fail(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}

function fail(message: string): never {
  process.stderr.write(`doubles: ${message}\n`);
  // EX_CONFIG of sysexits.h, as the mesh's services use it.
  process.exit(78);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `doubles: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
