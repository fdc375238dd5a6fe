import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import { DebianLicences } from "./debian-copyright.js";
import { DpkgDiversions } from "./dpkg-diversions.js";
import type { ComponentDraft } from "./draft.js";
import { withPlainEpoch } from "./epoch.js";
import { CatalogueFault } from "./errors.js";
import { type FoundFile, liesIn } from "./found-files.js";
import { DATABASE_LIMIT } from "./limits.js";
import { endsWithEmptyLine, readLines } from "./lines.js";
import { qualifiers } from "./qualifiers.js";
import { parseRelations, Requirements } from "./requirements.js";
import { readStanzas, type Stanza } from "./stanzas.js";

/** Values of the third word of Status if the package's files are in place (dpkg(1)). */
const STATES_WITH_FILES: ReadonlySet<string> = new Set([
	"installed",
	"triggers-pending",
	"triggers-awaited",
	"half-configured",
	"unpacked",
]);
const MD5_COLUMN = 34;

/**
 * Reads Debian's packages and the lists of their files: `lib/dpkg/status`, or the single files of
 * `lib/dpkg/status.d` in distroless images.
 */
export class DpkgCataloger implements Cataloger {
	readonly #roots: Map<string, DpkgRoot> = new Map();

	wants(found: FoundFile): boolean {
		if (found.name === "status" || found.name === "diversions") return liesIn(found, "lib", "dpkg");
		if (found.name.endsWith(".list")) return liesIn(found, "lib", "dpkg", "info");
		return found.above.at(-1) === "status.d" && liesIn(found, "lib", "dpkg", "status.d");
	}

	read(source: Source, context: CatalogContext): void {
		if (source.file.content.size > DATABASE_LIMIT) {
			throw new CatalogueFault(`expected at most ${DATABASE_LIMIT} bytes, got ${source.file.content.size}`);
		}
		const { above, name } = source;
		const depth = above.lastIndexOf("dpkg") - 2;
		const root = above.slice(0, Math.max(0, depth));
		const database = this.#rootAt(root);
		if (above.at(-1) === "dpkg" && name === "diversions") database.diversions.read(source.file.content);
		else if (name.endsWith(".list") || name.endsWith(".md5sums")) database.lists.push(source);
		else database.readStatus(source, context);
	}

	finish(context: CatalogContext): void {
		for (const database of this.#roots.values()) database.finish(context);
	}

	#rootAt(root: readonly string[]): DpkgRoot {
		const key = root.join("/");
		const database = this.#roots.get(key) ?? new DpkgRoot(root);
		this.#roots.set(key, database);
		return database;
	}
}

/** The dpkg database of one root. An image may have other roots in directories. */
class DpkgRoot {
	readonly lists: Source[] = [];
	readonly diversions: DpkgDiversions = new DpkgDiversions();
	readonly #root: readonly string[];
	readonly #requirements: Requirements = new Requirements();
	/** Packages by `name` and by `name:arch`. */
	readonly #packages: Map<string, ComponentDraft> = new Map();
	readonly #licences: DebianLicences = new DebianLicences();

	constructor(root: readonly string[]) {
		this.#root = root;
	}

	readStatus({ path, file, name }: Source, context: CatalogContext): void {
		const { draft } = context;
		const isDatabase = name === "status";
		for (const stanza of readStanzas(file.content, (reason) => draft.note(path, reason))) {
			if (hasFiles(stanza)) this.#add(stanza, path, context);
		}
		if (isDatabase && !endsWithEmptyLine(file.content)) {
			draft.note(path, "expected an empty line at the end: the database is cut");
		}
	}

	finish({ draft }: CatalogContext): void {
		this.#requirements.resolve(draft);
		if (!draft.wantsClaims) return;
		for (const { path, name, file } of this.lists) {
			const isSums = name.endsWith(".md5sums");
			const owner = this.#packages.get(name.slice(0, name.lastIndexOf(".")));
			if (owner === undefined || !draft.takesList(path, file.content.size)) continue;
			draft.attempt(path, () => {
				for (const line of readLines(file.content)) {
					this.#claim(isSums ? `/${line.slice(MD5_COLUMN)}` : line, owner, draft);
				}
			});
		}
	}

	#add(stanza: Stanza, path: string, context: CatalogContext): void {
		const { draft, tree } = context;
		const name = stanza.get("package") ?? "";
		const version = withPlainEpoch(stanza.get("version") ?? "");
		if (name === "" || version === "") {
			draft.note(path, `${name || "a package"}: expected Package and Version`);
			return;
		}
		const { id, qualifier } = context.distributionOf(this.#root);
		const architecture = stanza.get("architecture");
		const component = draft.add({
			type: "deb",
			namespace: id,
			name,
			version,
			qualifiers: qualifiers({ arch: architecture, distro: qualifier, upstream: upstreamOf(stanza) }),
			path,
			licence: this.#licences.read(tree, this.#root, name),
		});
		if (component === undefined) return;
		this.#packages.set(name, component).set(`${name}:${architecture}`, component);
		this.#relate(stanza, component);
	}

	#relate(stanza: Stanza, component: ComponentDraft): void {
		this.#requirements.provide(component.name, component);
		for (const [name] of parseRelations(stanza.get("provides"))) {
			this.#requirements.provide(name!, component);
		}
		for (const field of ["pre-depends", "depends"]) {
			for (const names of parseRelations(stanza.get(field))) this.#requirements.require(component, names);
		}
	}

	/** Claims a file. Packages built before the merge of /usr list `/lib/x` for `/usr/lib/x`. */
	#claim(line: string, owner: ComponentDraft, draft: CatalogContext["draft"]): void {
		const prefix = this.#root.map((name) => `/${name}`).join("");
		const place = this.diversions.placeOf(line, owner.name);
		draft.claim(`${prefix}${place}`, owner);
		if (!place.startsWith("/usr/")) draft.claim(`${prefix}/usr${place}`, owner);
	}
}

/**
 * Returns whether the package's files are installed. A stanza without Status comes from `status.d`, or from a
 * tool that lists only installed packages.
 */
function hasFiles(stanza: Stanza): boolean {
	const status = stanza.get("status");
	return status === undefined || STATES_WITH_FILES.has(status.split(/\s+/)[2] ?? "");
}

/**
 * Returns the qualifier for the source: `glibc@2.36-9` for `glibc (2.36-9)`. It is undefined without a Source
 * field: then the source has the package's own name and version.
 */
function upstreamOf(stanza: Stanza): string | undefined {
	const [name = "", version] = (stanza.get("source") ?? "").split(/[\s()]+/);
	if (name === "") return undefined;
	return version ? `${name}@${version}` : name;
}
