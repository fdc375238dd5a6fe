import { type Content, utf8ByteString } from "../../ground/bytes/index.js";
import { type RootfsTree, resolveFile } from "../../image/rootfs/index.js";
import { RpmDatabaseFault, readBerkeleyHeaders, readNdbHeaders } from "../rpmdb/index.js";
import { readSqliteTable, SqliteFault } from "../sqlite/index.js";
import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { CatalogueDraft, ComponentDraft } from "./draft.js";
import { CatalogueFault } from "./errors.js";
import { type FoundFile, liesIn } from "./found-files.js";
import { COMPONENT_LIMIT, DATABASE_LIMIT } from "./limits.js";
import { qualifiers } from "./qualifiers.js";
import { Requirements } from "./requirements.js";
import { RPM_TAGS, RpmHeader } from "./rpm-header.js";

/** Names of databases: SQLite for Fedora and RHEL 9, ndb for openSUSE, Berkeley DB for older systems. */
const READERS: ReadonlyMap<string, (source: Source, context: CatalogContext) => Iterable<unknown>> = new Map([
	["rpmdb.sqlite", readSqliteHeaders],
	["Packages.db", ({ file }) => readNdbHeaders(file.content)],
	["Packages", ({ file }) => readBerkeleyHeaders(file.content)],
]);
/** Places of databases: the one of Fedora and openSUSE, the older one, and that of image-based systems. */
const PLACES = [
	["usr", "lib", "sysimage", "rpm"],
	["var", "lib", "rpm"],
	["usr", "share", "rpm"],
];

/** Reads packages of Fedora, RHEL, openSUSE and others from rpm's database. */
export class RpmCataloger implements Cataloger {
	wants(found: FoundFile): boolean {
		return READERS.has(found.name) && PLACES.some((place) => liesIn(found, ...place));
	}

	read(source: Source, context: CatalogContext): void {
		const { path, file, above } = source;
		if (file.content.size > DATABASE_LIMIT) {
			throw new CatalogueFault(`expected at most ${DATABASE_LIMIT} bytes, got ${file.content.size}`);
		}
		const place = PLACES.find((names) => names.every((part, at) => above.at(at - names.length) === part))!;
		const root = above.slice(0, -place.length);
		const requirements = new Requirements();
		for (const header of readHeaders(source, context)) {
			const component = addPackage(header, path, root, context);
			if (component === undefined) continue;
			relate(header, component, requirements);
			claimFiles(header, component, root, context.draft);
		}
		requirements.resolve(context.draft);
	}
}

function logBeside(tree: RootfsTree, above: readonly string[], name: string): Content | undefined {
	const log = resolveFile(tree, utf8ByteString(`${above.join("/")}/${name}-wal`));
	return log?.kind === "file" ? log.content : undefined;
}

function* readSqliteHeaders({ file, above, name }: Source, { tree }: CatalogContext): Generator<unknown> {
	const log = logBeside(tree, above, name);
	for (const [, header] of readSqliteTable(file.content, log, "Packages", 2)) yield header;
}

function* readHeaders(source: Source, context: CatalogContext): Generator<RpmHeader> {
	const { path, name } = source;
	let count = 0;
	try {
		for (const blob of READERS.get(name)!(source, context)) {
			if (++count > COMPONENT_LIMIT) throw new CatalogueFault(`expected at most ${COMPONENT_LIMIT} packages`);
			const header = decodeHeader(blob, path, context.draft);
			if (header !== undefined) yield header;
		}
	} catch (error) {
		if (error instanceof SqliteFault || error instanceof RpmDatabaseFault) {
			throw new CatalogueFault(error.message, { cause: error });
		}
		throw error;
	}
}

function decodeHeader(blob: unknown, path: string, draft: CatalogueDraft): RpmHeader | undefined {
	if (!(blob instanceof Uint8Array)) {
		draft.note(path, "expected a header in each row of Packages");
		return undefined;
	}
	return draft.attempt(path, () => new RpmHeader(Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)));
}

function addPackage(
	header: RpmHeader,
	path: string,
	root: readonly string[],
	{ draft, distributionOf }: CatalogContext,
): ComponentDraft | undefined {
	return draft.attempt(path, () => {
		const [name, version, release] = [RPM_TAGS.name, RPM_TAGS.version, RPM_TAGS.release].map((tag) =>
			header.text(tag),
		);
		if (!name || !version || !release) {
			throw new CatalogueFault(`${name || "a package"}: expected Name, Version and Release`);
		}
		const { id, qualifier } = distributionOf(root);
		return draft.add({
			type: "rpm",
			namespace: id,
			name,
			version: `${version}-${release}`,
			qualifiers: qualifiers({
				arch: header.text(RPM_TAGS.arch),
				distro: qualifier,
				epoch: header.numbers(RPM_TAGS.epoch, 1)[0]?.toString(),
				upstream: sourceOf(header),
			}),
			path,
			licence: header.text(RPM_TAGS.license) || undefined,
		});
	});
}

/** Returns the source package. Keys of signers are listed as packages without a source: rpm writes `(none)`. */
function sourceOf(header: RpmHeader): string {
	const source = header.text(RPM_TAGS.sourceRpm);
	return source === "(none)" ? "" : source;
}

function relate(header: RpmHeader, component: ComponentDraft, requirements: Requirements): void {
	for (const name of new Set([component.name, ...safeTexts(header, RPM_TAGS.provides)])) {
		requirements.provide(name, component);
	}
	for (const name of new Set(safeTexts(header, RPM_TAGS.requires))) {
		// Features of rpm itself, and conditions in parentheses, are not names.
		if (!name.startsWith("rpmlib(") && !name.startsWith("(")) requirements.require(component, [name]);
	}
}

function safeTexts(header: RpmHeader, tag: number): string[] {
	return safe(() => header.texts(tag));
}

/** Reads relations or files, which may be damaged even if name and version are not. */
function safe<T>(read: () => T[]): T[] {
	try {
		return read();
	} catch (error) {
		if (error instanceof CatalogueFault) return [];
		throw error;
	}
}

function claimFiles(
	header: RpmHeader,
	component: ComponentDraft,
	root: readonly string[],
	draft: CatalogueDraft,
): void {
	if (!draft.wantsClaims) return;
	const prefix = root.map((name) => `/${name}`).join("");
	const directories = safeTexts(header, RPM_TAGS.directoryNames);
	const names = safeTexts(header, RPM_TAGS.baseNames);
	const indexes = safe(() => header.numbers(RPM_TAGS.directoryIndexes));
	for (const [at, name] of names.entries()) {
		const directory = directories[indexes[at] ?? -1];
		if (directory !== undefined) draft.claim(`${prefix}${directory}${name}`, component);
	}
}
