import { connect } from 'node:net';

/** What a broker says about its cluster. */
export interface ClusterView {
  /** Brokers that are registered and serve clients. */
  readonly brokers: number;
  /** -1 while no controller is known. */
  readonly controllerId: number;
}

/**
 * Asks one broker for the cluster's metadata over the wire, which no half-started broker answers.
 *
 * Request: int32 size, int16 api key 3 (Metadata), int16 version 1, int32 correlation id, int16 -1 (no client
 * id), int32 0 (no topics). Answer: int32 size, int32 correlation id, then the brokers as an int32 count of
 * {int32 id, string host, int32 port, nullable string rack}, then int32 controller id. Strings have an int16
 * length.
 *
 * @returns what is wrong when it does not answer within 2 s.
 */
export async function askCluster(port: number): Promise<ClusterView | string> {
  const request = Buffer.alloc(18);
  request.writeInt32BE(14, 0);
  request.writeInt16BE(3, 4);
  request.writeInt16BE(1, 6);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(-1, 12);
  request.writeInt32BE(0, 14);
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ host: '127.0.0.1', port });
    const end = (view: ClusterView | string) => {
      socket.destroy();
      resolve(view);
    };
    socket.setTimeout(2000, () => {
      end(`127.0.0.1:${String(port)} accepts connections but does not answer`);
    });
    socket.once('error', (error) => {
      end(`127.0.0.1:${String(port)}: ${error.message}`);
    });
    socket.once('close', () => {
      resolve(`127.0.0.1:${String(port)} closed the connection`);
    });
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) end(parse(answer));
    });
  });
}

function parse(answer: Buffer): ClusterView {
  let at = 8;
  const skipString = () => {
    const length = answer.readInt16BE(at);
    at += 2 + Math.max(0, length);
  };
  const brokers = answer.readInt32BE(at);
  at += 4;
  for (let i = 0; i < brokers; i++) {
    at += 4;
    skipString();
    at += 4;
    skipString();
  }
  return { brokers, controllerId: answer.readInt32BE(at) };
}
