import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { CatalogueDraft, ComponentDraft } from "./draft.js";
import { withPlainEpoch } from "./epoch.js";
import { CatalogueFault } from "./errors.js";
import { type FoundFile, liesIn } from "./found-files.js";
import { DATABASE_LIMIT } from "./limits.js";
import { endsWithEmptyLine, readLines } from "./lines.js";
import { qualifiers } from "./qualifiers.js";
import { parseRelations, Requirements } from "./requirements.js";
import { readStanzas, type Stanza } from "./stanzas.js";

/**
 * Reads packages of OpenWrt and Yocto: `lib/opkg/status`, older `lib/ipkg/status`, and the control files beside
 * it, which have more fields (source, licence, CPE) and are used alone if the status file was removed.
 */
export class OpkgCataloger implements Cataloger {
	readonly #roots: Map<string, OpkgRoot> = new Map();

	wants(found: FoundFile): boolean {
		if (found.name === "status") return OPKG_DIRECTORIES.some((name) => liesIn(found, "lib", name));
		if (!/\.(?:control|list)$/.test(found.name)) return false;
		return OPKG_DIRECTORIES.some((name) => liesIn(found, "lib", name, "info"));
	}

	read(source: Source, { draft }: CatalogContext): void {
		const { path, file, name, above } = source;
		if (file.content.size > DATABASE_LIMIT) {
			throw new CatalogueFault(`expected at most ${DATABASE_LIMIT} bytes, got ${file.content.size}`);
		}
		const root = above.slice(0, -2 - (name === "status" ? 0 : 1)).slice(0, -1);
		const key = root.join("/");
		const database = this.#roots.get(key) ?? new OpkgRoot(root);
		this.#roots.set(key, database);
		if (name.endsWith(".list")) {
			database.lists.set(name.slice(0, -".list".length), source);
			return;
		}
		const report = (reason: string): void => draft.note(path, reason);
		for (const stanza of readStanzas(file.content, report)) {
			if (name === "status") database.addStatus(stanza, path, draft);
			else database.addControl(stanza, path);
		}
		if (name === "status" && !endsWithEmptyLine(file.content)) {
			draft.note(path, "expected an empty line at the end: the database is cut");
		}
	}

	finish(context: CatalogContext): void {
		for (const database of this.#roots.values()) database.finish(context);
	}
}

const OPKG_DIRECTORIES = ["opkg", "ipkg"];

interface OpkgPackage {
	readonly stanza: Stanza;
	readonly path: string;
}

class OpkgRoot {
	readonly lists: Map<string, Source> = new Map();
	readonly #root: readonly string[];
	readonly #controls: Map<string, OpkgPackage> = new Map();
	/** Installed packages. A name may occur for several architectures. */
	readonly #installed: OpkgPackage[] = [];
	#hasStatus = false;

	constructor(root: readonly string[]) {
		this.#root = root;
	}

	addStatus(stanza: Stanza, path: string, draft: CatalogueDraft): void {
		this.#hasStatus = true;
		const name = stanza.get("package");
		const state = stanza.get("status")?.split(/\s+/)[2];
		if (!name || !stanza.get("version"))
			draft.note(path, `${name || "a package"}: expected Package and Version`);
		else if (state === "installed" || state === "unpacked") this.#installed.push({ stanza, path });
	}

	addControl(stanza: Stanza, path: string): void {
		const name = stanza.get("package");
		if (name) this.#controls.set(name, { stanza, path });
	}

	finish({ draft }: CatalogContext): void {
		const requirements = new Requirements();
		for (const { stanza, path } of this.#hasStatus ? this.#installed : this.#controls.values()) {
			const all = new Map([...(this.#controls.get(stanza.get("package")!)?.stanza ?? []), ...stanza]);
			const component = addPackage(all, path, draft);
			if (component === undefined) continue;
			relate(all, component, requirements);
			this.#claimFiles(component, draft);
		}
		requirements.resolve(draft);
	}

	#claimFiles(component: ComponentDraft, draft: CatalogueDraft): void {
		const list = draft.wantsClaims ? this.lists.get(component.name) : undefined;
		if (list === undefined || !draft.takesList(list.path, list.file.content.size)) return;
		const prefix = this.#root.map((name) => `/${name}`).join("");
		// A line has a path, and in newer lists a tab and the mode.
		draft.attempt(list.path, () => {
			for (const line of readLines(list.file.content))
				draft.claim(prefix + line.split("\t", 1)[0], component);
		});
	}
}

function addPackage(stanza: Stanza, path: string, draft: CatalogueDraft): ComponentDraft | undefined {
	const name = stanza.get("package") ?? "";
	const version = withPlainEpoch(stanza.get("version") ?? "");
	if (version === "") {
		draft.note(path, `${name}: expected Version`);
		return undefined;
	}
	return draft.add({
		type: "opkg",
		namespace: "",
		name,
		version,
		qualifiers: qualifiers({ arch: stanza.get("architecture") }),
		path,
		licence: stanza.get("license") || undefined,
		cpe: cpeOf(stanza),
	});
}

/** Returns the CPE name, unchanged. OpenWrt writes `CPE-ID`, without a version; Yocto can write one too. */
function cpeOf(stanza: Stanza): string | undefined {
	const cpe = stanza.get("cpe-id") ?? stanza.get("cpe");
	return cpe?.startsWith("cpe:") ? cpe : undefined;
}

function relate(stanza: Stanza, component: ComponentDraft, requirements: Requirements): void {
	requirements.provide(component.name, component);
	for (const [name] of parseRelations(stanza.get("provides"))) requirements.provide(name!, component);
	for (const names of parseRelations(stanza.get("depends"))) requirements.require(component, names);
}
