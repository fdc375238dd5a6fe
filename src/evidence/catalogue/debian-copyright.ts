import { utf8ByteString } from "../../ground/bytes/index.js";
import { type RegularFile, type RootfsTree, resolveFile } from "../../image/rootfs/index.js";
import { CatalogueFault } from "./errors.js";
import { MANIFEST_LIMIT } from "./limits.js";
import { readStanzas } from "./stanzas.js";

const FORMAT = /^https?:\/\/www\.debian\.org\/doc\/packaging-manuals\/copyright-format\/1\.0\/?$/;

/** Reads licences of Debian's packages, each file once, as many packages may link to one file. */
export class DebianLicences {
	readonly #known: Map<RegularFile, string | undefined> = new Map();

	/**
	 * Reads the licence of `Files: *` in a machine-readable copyright file
	 * (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/), in Debian's words.
	 * @returns `undefined` for free text and for files that cannot be read: a licence is never guessed.
	 */
	read(tree: RootfsTree, root: readonly string[], name: string): string | undefined {
		if (name.includes("/")) return undefined;
		const path = [...root, "usr/share/doc", name, "copyright"].join("/");
		const file = resolveFile(tree, utf8ByteString(path));
		if (file?.kind !== "file" || file.content.size > MANIFEST_LIMIT) return undefined;
		if (!this.#known.has(file)) this.#known.set(file, licenceOf(file));
		return this.#known.get(file);
	}
}

function licenceOf({ content }: RegularFile): string | undefined {
	try {
		let isMachineReadable = false;
		for (const stanza of readStanzas(content, () => {})) {
			if (!isMachineReadable && !FORMAT.test(stanza.get("format") ?? "")) return undefined;
			isMachineReadable = true;
			const licence = stanza.get("license");
			if (stanza.get("files") === "*" && licence) return licence.split("\n", 1)[0] || undefined;
		}
	} catch (error) {
		if (!(error instanceof CatalogueFault)) throw error;
	}
	return undefined;
}
