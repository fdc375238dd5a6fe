import type { Stretch } from "../../ground/bytes/index.js";
import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { CatalogueDraft, ComponentDraft, Found } from "./draft.js";
import { ElfFile } from "./elf-file.js";
import type { FoundFile } from "./found-files.js";
import { GO_SECTION, type GoBuildInfo, type GoModule, readGoBuildInfo } from "./go-build-info.js";
import { RUST_SECTION, type RustCrate, readRustAudit } from "./rust-audit.js";

const EXECUTABLE = 0o111;
/** Bytes to read at the end of a program: most end with the table of their sections and its names. */
const SECTIONS_SIZE = 4096;

/**
 * Reads programs and libraries that list the modules they are linked from: those of Go, and of Rust with cargo
 * auditable.
 */
export class ProgramCataloger implements Cataloger {
	wants({ name, file }: FoundFile): boolean {
		return (file.attributes.mode & EXECUTABLE) !== 0 || name.includes(".so");
	}

	stretches({ content }: Source["file"]): readonly Stretch[] {
		const size = Math.min(content.size, SECTIONS_SIZE);
		return [
			{ content, position: 0, size },
			{ content, position: content.size - size, size },
		];
	}

	read({ path, file }: Source, { draft }: CatalogContext): void {
		const elf = ElfFile.open(file.content);
		if (elf === undefined) return;
		const sections = elf.sections([GO_SECTION, RUST_SECTION]);
		const go = readGoBuildInfo(elf, sections.get(GO_SECTION));
		if (go !== undefined) addGoModules(go, path, draft);
		const rust = sections.get(RUST_SECTION);
		if (rust !== undefined) addCrates(readRustAudit(rust), path, draft);
	}
}

function addGoModules(
	{ goVersion, main, dependencies }: GoBuildInfo,
	path: string,
	draft: CatalogueDraft,
): void {
	// Some versions are followed by experiments: `go1.22.1 X:boringcrypto`.
	const version = goVersion.startsWith("go") ? goVersion.slice(2).split(" ", 1)[0]! : goVersion;
	const standard = draft.addOwnable(goComponent({ path: "stdlib", version }, path));
	const linked = dependencies.map((module) => draft.addOwnable(goComponent(module, path)));
	const program = main?.path ? draft.addOwnable(goComponent(main, path)) : undefined;
	for (const other of program ? [standard, ...linked] : []) {
		if (other !== undefined) draft.require(program!, other);
	}
}

function goComponent(module: GoModule, path: string): Found {
	const slash = module.path.lastIndexOf("/");
	return {
		type: "golang",
		namespace: module.path.slice(0, Math.max(0, slash)),
		name: module.path.slice(slash + 1),
		version: module.version,
		qualifiers: {},
		path,
	};
}

function addCrates(crates: readonly RustCrate[], path: string, draft: CatalogueDraft): void {
	const components = crates.map(({ name, version, isBuildOnly }): ComponentDraft | undefined =>
		isBuildOnly
			? undefined
			: draft.addOwnable({ type: "cargo", namespace: "", name, version, qualifiers: {}, path }),
	);
	for (const [index, { dependencies }] of crates.entries()) {
		const component = components[index];
		for (const other of component ? dependencies : []) {
			if (components[other] !== undefined) draft.require(component!, components[other]);
		}
	}
}
