import { createMemoryTransport, type MemoryTransport } from '../../src/farm/memory-transport.ts'
import { describeTransport } from './transport-contract.ts'

describeTransport('in memory', {
  make: async () => createMemoryTransport(),
  again: async transport => transport,
  mute: async (transport, lane, worker) => {
    const taken = new Promise<void>(resolve => {
      const handle = (): Promise<Uint8Array> => {
        resolve()
        return new Promise(() => {})
      }
      void transport.work({ lane, worker, concurrency: 1, handle })
    })
    return { taken, kill: async () => (transport as MemoryTransport).kill(worker) }
  },
  patienceMs: 0,
})
