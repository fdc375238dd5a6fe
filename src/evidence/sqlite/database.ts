import type { Content } from "../../ground/bytes/index.js";
import { SqliteFault } from "./errors.js";
import { Pages } from "./pages.js";
import type { SqliteValue } from "./record.js";
import { readTable } from "./table.js";

/** Columns of the table that lists all tables: type, name, table, root page, text. */
const SCHEMA_COLUMNS = 4;

/**
 * Reads the rows of a table with row ids, in order of these ids.
 * @param log the write-ahead log beside the database, if there is one.
 * @param columns number of columns that are used, from the first.
 * @throws SqliteFault if the database is damaged or has no such table.
 */
export function* readSqliteTable(
	database: Content,
	log: Content | undefined,
	table: string,
	columns: number,
): Generator<SqliteValue[]> {
	const pages = new Pages(database, log);
	yield* readTable(pages, findRoot(pages, table), columns);
}

function findRoot(pages: Pages, table: string): number {
	for (const [type, name, , root] of readTable(pages, 1, SCHEMA_COLUMNS)) {
		if (type === "table" && name === table && typeof root === "number") return root;
	}
	throw new SqliteFault(`expected a table ${table}, got none`);
}
