import { createMemoryStore, createVerifier, importCar } from 'ipvm-wasm'

/** Verifies the two CARs of the site by an engine: a true claim and a lie. */
export async function verdictsOf(engine, base) {
  const verdicts = []
  for (const name of ['good.car', 'lie.car']) {
    const response = await fetch(new URL(name, base))
    const store = createMemoryStore()
    const { roots } = await importCar(store, new Uint8Array(await response.arrayBuffer()))
    const { verdict, mismatches = [] } = await createVerifier({ store, engine }).verify(roots[0])
    verdicts.push([verdict, ...mismatches.map(({ field }) => field)].join(' '))
  }
  await engine.close()
  return verdicts.join(', ')
}
