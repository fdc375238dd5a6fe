/** Values by tag: a text, a list of texts, or numbers. */
export type RpmValues = Readonly<Record<number, string | readonly string[] | readonly number[]>>;

/** A header as rpm's database has it, without a magic. */
export function rpmHeader(values: RpmValues): Buffer {
	const entries: Buffer[] = [];
	const store: Buffer[] = [];
	let size = 0;
	for (const [tag, value] of Object.entries(values)) {
		const items = typeof value === "string" ? [value] : value;
		const isNumbers = items.every((item) => typeof item === "number");
		if (isNumbers && size % 4 > 0) {
			store.push(Buffer.alloc(4 - (size % 4)));
			size += 4 - (size % 4);
		}
		const type = isNumbers ? 4 : typeof value === "string" ? 6 : 8;
		const body = Buffer.concat(
			items.map((item) => (isNumbers ? u32(item as number) : Buffer.from(`${item}\0`))),
		);
		entries.push(Buffer.concat([Number(tag), type, size, items.length].map(u32)));
		store.push(body);
		size += body.length;
	}
	return Buffer.concat([u32(entries.length), u32(size), ...entries, ...store]);
}

function u32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}
