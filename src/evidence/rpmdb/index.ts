export { readBerkeleyHeaders } from "./berkeley.js";
export { RpmDatabaseFault } from "./errors.js";
export { readNdbHeaders } from "./ndb.js";
