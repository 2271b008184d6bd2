/**
 * Names the code of this package where it cannot be read from files, as on a page. The build replaces the value (`scripts/built.mjs`). It
 * is undefined where this file runs without a build.
 */
export const MAKER: string | undefined = undefined
