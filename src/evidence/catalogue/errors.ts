/** A database or a manifest cannot be read completely. The message becomes a note of the catalogue. */
export class CatalogueFault extends Error {}
