/** The instances that the engine makes: for tests that look at what the engine does not show. */

/** Does something and gives with it the last instance that was made meanwhile. */
export async function watched<T>(
  work: () => Promise<T>,
): Promise<{ result: T; instance: WebAssembly.Instance | undefined }> {
  let instance: WebAssembly.Instance | undefined
  const result = await instantiatingBy(async (module, imports, instantiate) => {
    instance = await instantiate(module, imports)
    return instance
  }, work)
  return { result, instance }
}

/** Does something and gives it this instance where it makes one. */
export function reusing<T>(instance: WebAssembly.Instance, work: () => Promise<T>): Promise<T> {
  return instantiatingBy(() => Promise.resolve(instance), work)
}

/** The form of `WebAssembly.instantiate` that takes a compiled module is the one that the engine calls. */
type Instantiate = (module: WebAssembly.Module, imports?: WebAssembly.Imports) => Promise<WebAssembly.Instance>

async function instantiatingBy<T>(
  make: (...args: [...Parameters<Instantiate>, original: Instantiate]) => Promise<WebAssembly.Instance>,
  work: () => Promise<T>,
): Promise<T> {
  const { instantiate } = WebAssembly
  const making: Instantiate = (module, imports) => make(module, imports, instantiate)
  WebAssembly.instantiate = making as typeof instantiate
  try {
    return await work()
  } finally {
    WebAssembly.instantiate = instantiate
  }
}
