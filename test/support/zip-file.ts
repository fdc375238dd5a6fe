import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";

export interface ZipOptions {
	/** Stored, not deflated. */
	readonly stored?: boolean;
	readonly zip64?: boolean;
}

/** A zip of members by name. */
export async function zipFile(
	members: Readonly<Record<string, Uint8Array>>,
	options: ZipOptions = {},
): Promise<Buffer> {
	const settings = { useWebWorkers: false, zip64: options.zip64 ?? false, level: options.stored ? 0 : 6 };
	const writer = new ZipWriter(new Uint8ArrayWriter(), settings);
	for (const [name, bytes] of Object.entries(members)) await writer.add(name, new Uint8ArrayReader(bytes));
	return Buffer.from(await writer.close());
}

/** A zip of one member `000000…` with a directory (zip64) that has it under `count` numbers. */
export function repeatMember(zip: Buffer, count: number): Buffer {
	const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
	const start = zip.readUInt32LE(end + 16);
	const record = zip.subarray(start, end);
	const tail = Buffer.from(zip.subarray(end));
	tail.writeUInt16LE(0xffff, 8);
	tail.writeUInt16LE(0xffff, 10);
	tail.writeUInt32LE(0xffffffff, 12);
	tail.writeUInt32LE(0xffffffff, 16);
	const zip64 = Buffer.alloc(56 + 20);
	zip64.write("PK\x06\x06", 0, "latin1");
	zip64.writeBigUInt64LE(44n, 4);
	zip64.writeUInt16LE(45, 12);
	zip64.writeUInt16LE(45, 14);
	zip64.writeBigUInt64LE(BigInt(count), 24);
	zip64.writeBigUInt64LE(BigInt(count), 32);
	zip64.writeBigUInt64LE(BigInt(count * record.length), 40);
	zip64.writeBigUInt64LE(BigInt(start), 48);
	zip64.write("PK\x06\x07", 56, "latin1");
	zip64.writeBigUInt64LE(BigInt(start + count * record.length), 56 + 8);
	zip64.writeUInt32LE(1, 56 + 16);
	const records = Array.from({ length: count }, (_, at) => {
		const numbered = Buffer.from(record);
		numbered.write(String(at).padStart(6, "0"), 46, "latin1");
		return numbered;
	});
	return Buffer.concat([zip.subarray(0, start), ...records, zip64, tail]);
}
