/** Why a database or a manifest cannot be read, or not all of it. It ends as a note of the catalogue. */
export class CatalogueFault extends Error {}
