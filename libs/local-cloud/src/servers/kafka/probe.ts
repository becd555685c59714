import { connect } from 'node:net';

/** What a broker says about its cluster. */
export interface ClusterView {
  /** Brokers that are registered and serve clients. */
  readonly brokers: number;
  /** -1 while no controller is known. */
  readonly controllerId: number;
}

const NO_TOPICS = 0;
const ALL_TOPICS = -1;

/**
 * Asks one broker who is in its cluster.
 *
 * @returns what is wrong when it does not answer within 2 s.
 */
export async function askCluster(port: number): Promise<ClusterView | string> {
  const answer = await askMetadata(port, NO_TOPICS);
  if (typeof answer === 'string') return answer;
  const { brokers, controllerId } = new Metadata(answer).cluster();
  return { brokers, controllerId };
}

/**
 * Asks one broker how many partitions have a replica that is not in sync, or no leader.
 *
 * @returns what is wrong when it does not answer within 2 s.
 */
export async function askUnderReplicated(port: number): Promise<number | string> {
  const answer = await askMetadata(port, ALL_TOPICS);
  if (typeof answer === 'string') return answer;
  const metadata = new Metadata(answer);
  metadata.cluster();
  return metadata.underReplicated();
}

/**
 * Over the wire, which no half-started broker answers.
 *
 * Request: int32 size, int16 api key 3 (Metadata), int16 version 1, int32 correlation id, int16 -1 (no client
 * id), int32 number of topics, -1 for all.
 */
function askMetadata(port: number, topics: number): Promise<Buffer | string> {
  const request = Buffer.alloc(18);
  request.writeInt32BE(14, 0);
  request.writeInt16BE(3, 4);
  request.writeInt16BE(1, 6);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(-1, 12);
  request.writeInt32BE(topics, 14);
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ host: '127.0.0.1', port });
    const end = (result: Buffer | string) => {
      socket.destroy();
      resolve(result);
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
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) end(answer);
    });
  });
}

/**
 * The answer, to be read from front to back: int32 size, int32 correlation id, then the brokers as an int32 count of
 * {int32 id, string host, int32 port, nullable string rack}, int32 controller id, then the topics as an int32 count of
 * {int16 error, string name, int8 internal, partitions as an int32 count of {int16 error, int32 index, int32 leader,
 * int32[] replicas, int32[] in sync}}. Strings have an int16 length.
 */
class Metadata {
  readonly #data: Buffer;
  #at = 8;

  constructor(data: Buffer) {
    this.#data = data;
  }

  cluster(): ClusterView {
    const brokers = this.#int32();
    for (let i = 0; i < brokers; i++) {
      this.#at += 4;
      this.#skipString();
      this.#at += 4;
      this.#skipString();
    }
    return { brokers, controllerId: this.#int32() };
  }

  underReplicated(): number {
    let count = 0;
    for (let topics = this.#int32(); topics > 0; topics--) {
      this.#at += 2;
      this.#skipString();
      this.#at += 1;
      for (let partitions = this.#int32(); partitions > 0; partitions--) {
        this.#at += 6;
        const leader = this.#int32();
        const replicas = this.#skipArray();
        if (this.#skipArray() < replicas || leader < 0) count += 1;
      }
    }
    return count;
  }

  #int32(): number {
    this.#at += 4;
    return this.#data.readInt32BE(this.#at - 4);
  }

  #skipString(): void {
    this.#at += 2 + Math.max(0, this.#data.readInt16BE(this.#at));
  }

  #skipArray(): number {
    const length = this.#int32();
    this.#at += 4 * length;
    return length;
  }
}
