/** A database cannot be read: it is damaged, hostile, or of an unsupported kind. */
export class SqliteFault extends Error {}
