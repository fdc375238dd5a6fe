/** Why a database cannot be read: it is damaged, made to do harm, or of a kind that is not read. */
export class RpmDatabaseFault extends Error {}
