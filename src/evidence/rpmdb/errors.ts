/** A database cannot be read: it is damaged, hostile, or of an unsupported kind. */
export class RpmDatabaseFault extends Error {}
