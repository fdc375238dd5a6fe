const MAGIC = Buffer.from("\xff Go buildinf:", "latin1");
const SENTINEL = Buffer.alloc(16, 0x30);

/** What Go 1.18 and newer write into `.go.buildinfo`. */
export function goBuildInfo(version: string, modules: string): Buffer {
	const head = Buffer.alloc(32);
	MAGIC.copy(head);
	head.set([8, 2], 14);
	return Buffer.concat([head, inline(Buffer.from(version)), inline(wrapped(modules))]);
}

/** What Go before 1.18 wrote: pointers to strings; `address` is where the section is loaded. */
export function oldGoBuildInfo(
	version: string,
	modules: string,
	address: number,
	pointerSize: 4 | 8,
): Buffer {
	const [first, second] = [Buffer.from(version), wrapped(modules)];
	const head = Buffer.alloc(32 + 4 * pointerSize);
	MAGIC.copy(head);
	head[14] = pointerSize;
	const put = (value: number, at: number): unknown =>
		pointerSize === 8 ? head.writeBigUInt64LE(BigInt(value), at) : head.writeUInt32LE(value, at);
	const strings = 32;
	put(address + strings, 16);
	put(address + strings + 2 * pointerSize, 16 + pointerSize);
	put(address + head.length, strings);
	put(first.length, strings + pointerSize);
	put(address + head.length + first.length, strings + 2 * pointerSize);
	put(second.length, strings + 3 * pointerSize);
	return Buffer.concat([head, first, second]);
}

function wrapped(modules: string): Buffer {
	return Buffer.concat([SENTINEL, Buffer.from(modules), SENTINEL]);
}

function inline(bytes: Buffer): Buffer {
	const size: number[] = [];
	let rest = bytes.length;
	for (; rest >= 0x80; rest >>>= 7) size.push((rest & 0x7f) | 0x80);
	return Buffer.concat([Buffer.from([...size, rest]), bytes]);
}
