/** A row of one table: an integer key, which is its id, and a blob. */
export type SqliteRow = readonly [id: number, blob: Uint8Array];

export interface SqliteValues {
	readonly table: string;
	readonly rows: readonly SqliteRow[];
	readonly pageSize?: number;
}

/**
 * A SQLite database of one table `(hnum INTEGER PRIMARY KEY, blob BLOB)`, as the format's description
 * has it: a leaf for each row, one interior page over them, overflow pages for long blobs.
 */
export function sqliteFile({ table, rows, pageSize = 512 }: SqliteValues): Buffer {
	const pages: Buffer[] = [Buffer.alloc(0), Buffer.alloc(0)];
	const leaves = rows.map((row) => {
		pages.push(leafPage([leafCell(pages, row, pageSize)], pageSize, 0));
		return { page: pages.length, last: row[0] };
	});
	pages[1] = interiorPage(leaves, pageSize);
	const text = `CREATE TABLE ${table} (hnum INTEGER PRIMARY KEY, blob BLOB)`;
	const schema = record(["table", table, table, 2, text]);
	const first = leafPage([Buffer.concat([varint(schema.length), varint(1), schema])], pageSize, 100);
	writeHeader(first, pages.length, pageSize);
	pages[0] = first;
	return Buffer.concat(pages);
}

/** A write-ahead log that puts pages over those of a database; a transaction for each list. */
export function sqliteLog(
	transactions: readonly (readonly (readonly [page: number, bytes: Buffer])[])[],
	pageSize = 512,
): Buffer {
	const header = Buffer.alloc(32);
	[0x377f0682, 3_007_000, pageSize, 0, 0x01234567, 0x89abcdef].forEach((word, at) => {
		header.writeUInt32BE(word, 4 * at);
	});
	let sums = checksum(header.subarray(0, 24), [0, 0]);
	header.writeUInt32BE(sums[0], 24);
	header.writeUInt32BE(sums[1], 28);
	const frames = transactions.flatMap((frames) =>
		frames.map(([number, bytes], at) => {
			const head = Buffer.alloc(24);
			head.writeUInt32BE(number, 0);
			head.writeUInt32BE(at === frames.length - 1 ? 100 : 0, 4);
			header.copy(head, 8, 16, 24);
			sums = checksum(bytes, checksum(head.subarray(0, 8), sums));
			head.writeUInt32BE(sums[0], 16);
			head.writeUInt32BE(sums[1], 20);
			return Buffer.concat([head, bytes]);
		}),
	);
	return Buffer.concat([header, ...frames]);
}

function checksum(bytes: Buffer, [first, second]: readonly [number, number]): [number, number] {
	for (let at = 0; at < bytes.length; at += 8) {
		first = (first + bytes.readUInt32LE(at) + second) >>> 0;
		second = (second + bytes.readUInt32LE(at + 4) + first) >>> 0;
	}
	return [first, second];
}

function writeHeader(page: Buffer, pages: number, pageSize: number): void {
	page.write("SQLite format 3\0", "latin1");
	page.writeUInt16BE(pageSize === 65536 ? 1 : pageSize, 16);
	page.set([1, 1, 0, 64, 32, 32], 18);
	page.writeUInt32BE(pages, 28);
	page.writeUInt32BE(4, 44);
	page.writeUInt32BE(1, 56);
}

function leafPage(cells: readonly Buffer[], pageSize: number, start: number): Buffer {
	return tablePage(13, cells, pageSize, start);
}

function interiorPage(leaves: readonly { page: number; last: number }[], pageSize: number): Buffer {
	const cells = leaves.slice(0, -1).map(({ page, last }) => Buffer.concat([u32(page), varint(last)]));
	const page = tablePage(5, cells, pageSize, 0);
	page.writeUInt32BE(leaves.at(-1)?.page ?? 0, 8);
	return page;
}

function tablePage(kind: number, cells: readonly Buffer[], pageSize: number, start: number): Buffer {
	const page = Buffer.alloc(pageSize);
	let end = pageSize;
	page[start] = kind;
	page.writeUInt16BE(cells.length, start + 3);
	for (const [at, cell] of cells.entries()) {
		end -= cell.length;
		cell.copy(page, end);
		page.writeUInt16BE(end, start + (kind === 5 ? 12 : 8) + 2 * at);
	}
	// 65536 is written as 0, and in the header as 1.
	page.writeUInt16BE(end % 65536, start + 5);
	return page;
}

function leafCell(pages: Buffer[], [id, blob]: SqliteRow, pageSize: number): Buffer {
	const payload = record([null, blob]);
	const least = Math.floor(((pageSize - 12) * 32) / 255) - 23;
	const rest = least + ((payload.length - least) % (pageSize - 4));
	const local = payload.length <= pageSize - 35 ? payload.length : rest <= pageSize - 35 ? rest : least;
	const head = [varint(payload.length), varint(id), payload.subarray(0, local)];
	if (local === payload.length) return Buffer.concat(head);
	const parts = chunks([...payload.subarray(local)], pageSize - 4);
	const first = pages.length + 1;
	for (const [at, part] of parts.entries()) {
		const next = at === parts.length - 1 ? 0 : first + at + 1;
		const page = Buffer.alloc(pageSize);
		page.writeUInt32BE(next, 0);
		page.set(part, 4);
		pages.push(page);
	}
	return Buffer.concat([...head, u32(first)]);
}

function record(values: readonly (null | number | string | Uint8Array)[]): Buffer {
	const types: Buffer[] = [];
	const bodies: Buffer[] = [];
	for (const value of values) {
		if (value === null) types.push(varint(0));
		else if (typeof value === "number") {
			types.push(varint(4));
			bodies.push(u32(value));
		} else {
			const isText = typeof value === "string";
			const bytes = Buffer.from(value as string);
			types.push(varint(2 * bytes.length + (isText ? 13 : 12)));
			bodies.push(bytes);
		}
	}
	const size = types.reduce((sum, type) => sum + type.length, 1);
	return Buffer.concat([varint(size), ...types, ...bodies]);
}

function varint(value: number): Buffer {
	const bytes = [value & 0x7f];
	for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
		bytes.unshift((rest & 0x7f) | 0x80);
	}
	return Buffer.from(bytes);
}

function u32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
	return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
		items.slice(at * size, (at + 1) * size),
	);
}
