/** One member of a test archive. */
export interface TarMember {
	/** At most 100 bytes, Latin-1. */
	readonly path: string;
	readonly body?: string | Uint8Array;
	/** Type flag; "0" when absent. */
	readonly type?: string;
	readonly linkPath?: string;
	readonly mode?: number;
	/** What the header says instead of the body's length. */
	readonly size?: number;
}

/** A ustar archive of small members: enough for images and damaged ones, not for every header form. */
export function tarArchive(members: readonly TarMember[]): Buffer {
	const blocks = members.flatMap((member) => {
		const body = Buffer.from(member.body ?? "");
		return [header(member, body.length), body, Buffer.alloc(-body.length & 511)];
	});
	return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(member: TarMember, bodySize: number): Buffer {
	const block = Buffer.alloc(512);
	const octal = (value: number, at: number, length: number): void => {
		block.write(value.toString(8).padStart(length - 1, "0"), at);
	};
	block.write(member.path, 0, 100, "latin1");
	octal(member.mode ?? 0o644, 100, 8);
	octal(0, 108, 8);
	octal(0, 116, 8);
	octal(member.size ?? bodySize, 124, 12);
	octal(0, 136, 12);
	block.write(member.type ?? "0", 156);
	block.write(member.linkPath ?? "", 157, 100, "latin1");
	block.write("ustar\x0000", 257);
	block.fill(" ", 148, 156);
	octal(
		block.reduce((sum, byte) => sum + byte, 0),
		148,
		7,
	);
	return block;
}
