import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { ComponentDraft } from "./draft.js";
import { CatalogueFault } from "./errors.js";
import { type FoundFile, liesIn } from "./found-files.js";
import { DATABASE_LIMIT, STANZA_LIMIT } from "./limits.js";
import { endsWithEmptyLine, readLines } from "./lines.js";
import { qualifiers } from "./qualifiers.js";
import { Requirements } from "./requirements.js";

/** Fields of one package, and the files that it installed. */
interface ApkRecord {
	readonly fields: ReadonlyMap<string, string>;
	readonly files: readonly string[];
}

/** Reads Alpine's packages: `lib/apk/db/installed` (apk-package(5), and the letters of the index format). */
export class ApkCataloger implements Cataloger {
	wants(found: FoundFile): boolean {
		return found.name === "installed" && liesIn(found, "lib", "apk", "db");
	}

	read({ path, file, above }: Source, context: CatalogContext): void {
		if (file.content.size > DATABASE_LIMIT) {
			throw new CatalogueFault(`expected at most ${DATABASE_LIMIT} bytes, got ${file.content.size}`);
		}
		const { draft } = context;
		const isMerged = above.at(-4) === "usr";
		const root = above.slice(0, isMerged ? -4 : -3);
		const requirements = new Requirements();
		for (const record of readRecords(file, draft.wantsClaims, (reason) => draft.note(path, reason))) {
			const component = addPackage(record, path, root, context);
			if (component === undefined) continue;
			relate(record, component, requirements);
			for (const name of record.files) draft.claim([...["", ...root], name].join("/"), component);
		}
		requirements.resolve(draft);
		if (!endsWithEmptyLine(file.content)) {
			draft.note(path, "expected an empty line at the end: the database is cut");
		}
	}
}

function* readRecords(
	{ content }: Source["file"],
	withFiles: boolean,
	report: (reason: string) => void,
): Generator<ApkRecord> {
	let fields = new Map<string, string>();
	let files: string[] = [];
	let directory = "";
	let size = 0;
	let number = 0;
	for (const line of readLines(content)) {
		number++;
		if (line === "") {
			if (fields.size > 0) yield { fields, files };
			[fields, files, directory, size] = [new Map(), [], "", 0];
			continue;
		}
		const [letter, value] = [line[0]!, line.slice(2)];
		if (line[1] !== ":") report(`line ${number}: expected a letter and a colon`);
		else if (letter === "F") directory = value;
		else if (letter === "R" && withFiles) files.push(directory === "" ? value : `${directory}/${value}`);
		else if (KNOWN_LETTERS.has(letter)) fields.set(letter, value);
		size += line.length;
		if (size > FILES_LIMIT)
			throw new CatalogueFault(`expected at most ${FILES_LIMIT} characters for a package`);
	}
	if (fields.size > 0) yield { fields, files };
}

const KNOWN_LETTERS: ReadonlySet<string> = new Set(["P", "V", "A", "L", "o", "D", "p"]);
/** Bytes of a record, which lists all files of its package. */
const FILES_LIMIT: number = 64 * STANZA_LIMIT;

function addPackage(
	{ fields }: ApkRecord,
	path: string,
	root: readonly string[],
	{ draft, distributionOf }: CatalogContext,
): ComponentDraft | undefined {
	const name = fields.get("P") ?? "";
	const version = fields.get("V") ?? "";
	if (name === "" || version === "") {
		draft.note(path, `${name || "a package"}: expected P: and V:`);
		return undefined;
	}
	const { id, qualifier } = distributionOf(root);
	const origin = fields.get("o");
	return draft.add({
		type: "apk",
		namespace: id,
		name,
		version,
		qualifiers: qualifiers({
			arch: fields.get("A"),
			distro: qualifier,
			upstream: origin === name ? undefined : origin,
		}),
		path,
		licence: fields.get("L") || undefined,
	});
}

function relate({ fields }: ApkRecord, component: ComponentDraft, requirements: Requirements): void {
	requirements.provide(component.name, component);
	for (const provided of words(fields.get("p"))) requirements.provide(provided, component);
	for (const required of words(fields.get("D"))) {
		// A name with an exclamation mark is a conflict, not a dependency.
		if (!required.startsWith("!")) requirements.require(component, [required]);
	}
}

/** Returns the names in a field: `so:libssl.so.3` and `musl` for `so:libssl.so.3=3 musl>=1.2`. */
function words(field: string | undefined): string[] {
	const names = (field ?? "").split(" ").map((word) => /^[^<>=~]*/.exec(word)![0]);
	return names.filter((name) => name !== "");
}
