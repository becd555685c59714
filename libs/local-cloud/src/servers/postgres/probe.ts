import { connect } from 'node:net';

/**
 * Asks a server for a session of `postgres` in the database `postgres`, which one that is starting or recovering
 * refuses.
 *
 * Request: int32 size, int32 196608 (protocol 3.0), then names and values, each ended by a zero byte, and one zero
 * byte. Answer: a message type, `R` when the session is granted, `E` with an error.
 *
 * @returns true, or what is wrong when it does not grant it within 2 s.
 */
export async function askPostgres(port: number): Promise<true | string> {
  const names = Buffer.from('user\0postgres\0database\0postgres\0\0');
  const request = Buffer.alloc(8 + names.length);
  request.writeInt32BE(request.length, 0);
  request.writeInt32BE(196_608, 4);
  names.copy(request, 8);
  const where = `127.0.0.1:${String(port)}`;
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: true | string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => {
      end(`${where} accepts connections but does not answer`);
    });
    socket.once('error', (error) => {
      end(`${where}: ${error.message}`);
    });
    socket.once('close', () => {
      resolve(`${where} closed the connection`);
    });
    socket.once('connect', () => socket.write(request));
    socket.once('data', (answer) => {
      end(answer.toString('latin1', 0, 1) === 'R' ? true : `${where} refuses sessions yet`);
    });
  });
}
