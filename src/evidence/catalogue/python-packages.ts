import { type ByteString, byteStringBytes, type Content } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { CatalogueDraft, ComponentDraft } from "./draft.js";
import { CatalogueFault } from "./errors.js";
import type { FoundFile } from "./found-files.js";
import { MANIFEST_LIMIT } from "./limits.js";
import { readLines } from "./lines.js";
import { recordedPath } from "./python-record.js";
import { Requirements } from "./requirements.js";
import { readStanzas, type Stanza } from "./stanzas.js";

/**
 * Reads Python's installed distributions: `NAME.dist-info/METADATA`, `NAME.egg-info/PKG-INFO` and the file
 * `NAME.egg-info` (https://packaging.python.org/en/latest/specifications/core-metadata/).
 */
export class PythonCataloger implements Cataloger {
	/** Requirements for each directory of distributions, such as site-packages. */
	readonly #directories: Map<string, Requirements> = new Map();
	/** Components by the directory of the metadata, which also has the list of files. */
	readonly #components: Map<string, ComponentDraft> = new Map();
	readonly #lists: Source[] = [];
	readonly #withFiles: boolean;

	/** @param withFiles whether to read the files of each distribution. */
	constructor({ withFiles }: { readonly withFiles: boolean }) {
		this.#withFiles = withFiles;
	}

	wants({ name, above }: FoundFile): boolean {
		const directory = above.at(-1) ?? "";
		if (name === "RECORD") return this.#withFiles && directory.endsWith(".dist-info");
		if (name === "installed-files.txt") return this.#withFiles && directory.endsWith(".egg-info");
		if (name === "METADATA") return directory.endsWith(".dist-info");
		if (name === "PKG-INFO") return directory.endsWith(".egg-info");
		return name.endsWith(".egg-info");
	}

	read(source: Source, { draft }: CatalogContext): void {
		const { path, file, above, name } = source;
		if (name === "RECORD" || name === "installed-files.txt") {
			this.#lists.push(source);
			return;
		}
		const metadata = readMetadata(file.content);
		const distribution = normalizeName(metadata.get("name") ?? "");
		const version = metadata.get("version") ?? "";
		if (distribution === "" || version === "") throw new CatalogueFault("expected Name and Version");
		const component = draft.addOwnable({
			type: "pypi",
			namespace: "",
			name: distribution,
			version,
			qualifiers: {},
			path,
			licence: licenceOf(metadata),
		});
		if (component === undefined) return;
		const isFile = name.endsWith(".egg-info");
		this.#relate(component, above.slice(0, isFile ? undefined : -1), metadata);
		if (isFile) draft.claimListed(path, component);
		else this.#components.set(above.join("/"), component);
	}

	finish({ draft }: CatalogContext): void {
		for (const list of this.#lists) this.#claimFiles(list, draft);
		for (const requirements of this.#directories.values()) requirements.resolve(draft);
	}

	/**
	 * Claims the listed files. RECORD is relative to the directory of distributions, installed-files.txt to its
	 * own.
	 */
	#claimFiles({ path, file, above, name }: Source, draft: CatalogueDraft): void {
		const component = this.#components.get(above.join("/"));
		if (component === undefined || !draft.takesList(path, file.content.size)) return;
		const names = above.slice(0, name === "RECORD" ? -1 : undefined).join("/");
		const directory = `/${byteStringBytes(names as ByteString).toString("utf8")}`;
		draft.attempt(path, () => {
			for (const line of readLines(file.content)) {
				const listed = recordedPath(line, directory);
				if (listed !== undefined) draft.claimListed(listed, component);
			}
		});
	}

	#relate(component: ComponentDraft, directory: readonly string[], metadata: Stanza): void {
		const key = directory.join("/");
		const requirements = this.#directories.get(key) ?? new Requirements();
		this.#directories.set(key, requirements);
		requirements.provide(component.name, component);
		for (const requirement of metadata.get("requires-dist")?.split("\n") ?? []) {
			// The requirements of an extra are installed only if somebody requested the extra.
			const [name, marker = ""] = requirement.split(";", 2);
			if (/\bextra\b/.test(marker)) continue;
			requirements.require(component, [normalizeName(/^[A-Za-z0-9._-]*/.exec(name!)![0])]);
		}
	}
}

/** Reads the headers of a metadata file. A description follows the first empty line. */
function readMetadata(content: Content): Stanza {
	const head = contentSlice(content, 0, Math.min(content.size, MANIFEST_LIMIT));
	for (const stanza of readStanzas(head, () => {}, { repeated: ["requires-dist"] })) return stanza;
	throw new CatalogueFault("expected metadata, got none");
}

/** Returns one spelling for equal names (https://peps.python.org/pep-0503/#normalized-names). */
function normalizeName(name: string): string {
	return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Returns the licence. `License` often has a whole licence text, and only a single line can be a name. */
function licenceOf(metadata: Stanza): string | undefined {
	const expression = metadata.get("license-expression");
	if (expression) return expression;
	const licence = metadata.get("license");
	return licence && !licence.includes("\n") && licence !== "UNKNOWN" ? licence : undefined;
}
