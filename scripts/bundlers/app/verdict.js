import { createMemoryStore, createVerifier, describeVerdict, importCar } from 'ipvm-wasm'

/** Verifies the receipt that is the root of a CAR. */
export async function verdictOf(car, engine) {
  const store = createMemoryStore()
  const { roots } = await importCar(store, car)
  const verdict = await createVerifier({ store, engine }).verify(roots[0])
  await engine.close()
  return describeVerdict(verdict)
}
