export { readSqliteTable } from "./database.js";
export { SqliteFault } from "./errors.js";
export type { SqliteValue } from "./record.js";
