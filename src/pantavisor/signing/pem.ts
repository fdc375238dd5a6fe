/** One block of a PEM file. */
export interface PemBlock {
	/** `PRIVATE KEY`, `CERTIFICATE`, … */
	readonly label: string;
	/** Whether lines such as `Proc-Type: 4,ENCRYPTED` precede the body. */
	readonly hasHeaders: boolean;
	readonly bytes: Buffer;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]+)-----$/;

/** Returns all blocks of a PEM file, in order. Text between them, and a block without an end, are skipped. */
export function parsePem(text: string | Uint8Array): PemBlock[] {
	const source = typeof text === "string" ? text : Buffer.from(text).toString("latin1");
	const blocks: PemBlock[] = [];
	let open: { readonly label: string; readonly lines: string[] } | undefined;
	for (const line of source.split("\n").map((each) => each.trim())) {
		const label = BEGIN.exec(line)?.[1];
		if (label !== undefined) open = { label, lines: [] };
		else if (open !== undefined && line.startsWith(`-----END ${open.label}-----`)) {
			blocks.push(pemBlock(open.label, open.lines.join("\n")));
			open = undefined;
		} else open?.lines.push(line);
	}
	return blocks;
}

function pemBlock(label: string, body: string): PemBlock {
	const hasHeaders = /^[A-Za-z-]+:/.test(body);
	return { label, hasHeaders, bytes: Buffer.from(hasHeaders ? "" : body, "base64") };
}

/** Returns what a file contains, for messages: `a CERTIFICATE`, `no PEM block`. */
export function describePem(blocks: readonly PemBlock[]): string {
	return blocks.length === 0 ? "no PEM block" : [...new Set(blocks.map(({ label }) => label))].join(", ");
}
