import type { Transport } from '../../core/transport.js';

export const platformatic: Transport = {
  name: 'platformatic',
  load: async () => {
    const { PlatformaticConnection } = await import('./connection.js');
    return (options) => new PlatformaticConnection(options);
  },
};
