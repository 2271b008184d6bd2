/** The instances that the engine makes: for tests that look at what the engine does not show. */

/** Does something and gives with it the last instance that was made meanwhile. */
export async function watched<T>(
  work: () => Promise<T>,
): Promise<{ result: T; instance: WebAssembly.Instance | undefined }> {
  const { instantiate } = WebAssembly
  let instance: WebAssembly.Instance | undefined
  // The form that takes a compiled module is the one that the engine calls.
  const watching = async (module: WebAssembly.Module, imports?: WebAssembly.Imports): Promise<WebAssembly.Instance> => {
    instance = await instantiate(module, imports)
    return instance
  }
  WebAssembly.instantiate = watching as typeof instantiate
  try {
    return { result: await work(), instance }
  } finally {
    WebAssembly.instantiate = instantiate
  }
}
