import { inflateSync } from "node:zlib";
import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { isJsonObject, JsonNumber, type JsonObject } from "../../ground/json/index.js";
import { CatalogueFault } from "./errors.js";
import { parseJsonObject, textMember } from "./json-manifest.js";
import { BUILD_RECORD_LIMIT } from "./limits.js";

export const RUST_SECTION = ".dep-v0";

/** A crate that is part of a program. */
export interface RustCrate {
	readonly name: string;
	readonly version: string;
	/** Indexes of the crates that it uses. */
	readonly dependencies: readonly number[];
	/** Whether it was used only to build the program. */
	readonly isBuildOnly: boolean;
}

/**
 * Reads the audit data that cargo auditable stores in a program: JSON, compressed by zlib
 * (https://github.com/rust-secure-code/cargo-auditable/blob/master/cargo-auditable/cargo-auditable.schema.json).
 * @throws CatalogueFault if it is damaged.
 */
export function readRustAudit(section: Content): RustCrate[] {
	const packages = parseJsonObject(inflate(section)).get("packages");
	if (!Array.isArray(packages)) throw new CatalogueFault("Rust audit data: expected packages");
	return packages.map((value) => {
		if (!isJsonObject(value))
			throw new CatalogueFault("Rust audit data: expected an object for each package");
		return crateOf(value);
	});
}

function inflate(section: Content): Uint8Array {
	if (section.size > BUILD_RECORD_LIMIT) {
		throw new CatalogueFault(`Rust audit data: expected at most ${BUILD_RECORD_LIMIT} bytes`);
	}
	try {
		return inflateSync(contentBytes(section), { maxOutputLength: BUILD_RECORD_LIMIT });
	} catch (cause) {
		throw new CatalogueFault("Rust audit data: expected zlib data", { cause });
	}
}

function crateOf(value: JsonObject): RustCrate {
	const [name, version] = [textMember(value, "name"), textMember(value, "version")];
	if (name === "" || version === "") throw new CatalogueFault("Rust audit data: expected name and version");
	const dependencies = value.get("dependencies");
	const indexes = Array.isArray(dependencies) ? dependencies : [];
	return {
		name,
		version,
		dependencies: indexes.flatMap((index) => (index instanceof JsonNumber ? [Number(index.literal)] : [])),
		isBuildOnly: value.get("kind") === "build",
	};
}
