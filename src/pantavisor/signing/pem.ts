/** One block of a PEM file. */
export interface PemBlock {
	/** `PRIVATE KEY`, `CERTIFICATE`, … */
	readonly label: string;
	/** Lines such as `Proc-Type: 4,ENCRYPTED` stand before the body. */
	readonly hasHeaders: boolean;
	readonly bytes: Buffer;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

/** All blocks of a PEM text, in order; what lies between them is passed over. */
export function parsePem(text: string | Uint8Array): PemBlock[] {
	const source = typeof text === "string" ? text : Buffer.from(text).toString("latin1");
	return [...source.matchAll(BLOCK)].map(([, label, body]) => {
		const hasHeaders = /^[A-Za-z-]+:/.test(body!);
		return { label: label!, hasHeaders, bytes: Buffer.from(hasHeaders ? "" : body!, "base64") };
	});
}

/** What a file holds, for messages: `a CERTIFICATE`, `no PEM block`. */
export function describePem(blocks: readonly PemBlock[]): string {
	return blocks.length === 0 ? "no PEM block" : [...new Set(blocks.map(({ label }) => label))].join(", ");
}
