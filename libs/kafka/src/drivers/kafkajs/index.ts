import type { Transport } from '../../core/transport.js';

export const kafkajs: Transport = {
  name: 'kafkajs',
  load: async () => {
    const { KafkajsConnection } = await import('./connection.js');
    return (options) => new KafkajsConnection(options);
  },
};
