/** Most bytes that one document may have: what IPFS nodes exchange as one block. */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024

/** Deepest nesting of lists and maps in one document. */
export const MAX_DOCUMENT_DEPTH = 64
