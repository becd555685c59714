import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a certificate of its own for 127.0.0.1, as a broker wants them and as a client does. */
export interface Certificate {
  /** The properties of a listener that presents it. */
  readonly properties: Readonly<Record<string, string>>;
  /** PEM: the authority to trust. */
  readonly ca: string;
  remove(): void;
}

const PASSWORD = 'changeit';

/** By the JDK's own tool, which is there wherever a broker runs. */
export function makeCertificate(): Certificate {
  const dir = mkdtempSync(join(tmpdir(), 'mesh-certificate-'));
  const store = join(dir, 'broker.p12');
  const keytool = (...args: string[]): string =>
    execFileSync('keytool', [...args, '-keystore', store, '-storepass', PASSWORD, '-alias', 'broker'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2', '-storetype', 'PKCS12'];
  keytool('-genkeypair', ...key, '-dname', 'CN=broker', '-ext', 'SAN=IP:127.0.0.1');
  return {
    properties: {
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': store,
      'ssl.keystore.password': PASSWORD,
      'ssl.key.password': PASSWORD,
    },
    ca: keytool('-exportcert', '-rfc'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
