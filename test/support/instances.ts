/** Access to the WebAssembly instances that the engine makes, for tests of their internals. */

/** Does some work, and returns its result and the last instance that was made meanwhile. */
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

/** Does some work, in which each new instance is replaced by the given one. */
export function reusing<T>(instance: WebAssembly.Instance, work: () => Promise<T>): Promise<T> {
  return instantiatingBy(() => Promise.resolve(instance), work)
}

/** The overload of `WebAssembly.instantiate` that the engine calls, which takes a compiled module. */
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
