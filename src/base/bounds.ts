/** The greatest size of a document, in bytes: the size up to which IPFS nodes exchange a block. */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024

/** The greatest number of levels of lists and maps in a document. */
export const MAX_DOCUMENT_DEPTH = 64
