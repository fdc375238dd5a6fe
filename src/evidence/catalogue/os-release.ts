import type { ByteString } from "../../ground/bytes/index.js";
import { contentBytes } from "../../ground/bytes/index.js";
import { type RootfsTree, resolveFile } from "../../image/rootfs/index.js";
import type { OperatingSystem } from "./catalogue.js";

const OS_RELEASE_PATHS = ["etc/os-release", "usr/lib/os-release"];
const OS_RELEASE_LIMIT = 1 << 16;

/** The distribution of a package, for package URLs. */
export interface Distribution {
	/** Name, such as `debian`; empty if unknown. */
	readonly id: string;
	/** Qualifier, such as `debian-12.15`; absent if unknown. */
	readonly qualifier: string | undefined;
}

/** Reads which operating system has its root in a directory of a tree; undefined if it does not identify itself. */
export function readOperatingSystem(tree: RootfsTree, root: readonly string[]): OperatingSystem | undefined {
	for (const path of OS_RELEASE_PATHS) {
		const place = [...root, path].join("/");
		const fields = parseOsRelease(readSmallFile(tree, place));
		const id = fields.get("ID")?.toLowerCase() ?? "";
		if (!/^[a-z0-9._-]{1,64}$/.test(id)) continue;
		return {
			id,
			version: pointRelease(tree, root, fields.get("VERSION_ID") ?? ""),
			prettyName: fields.get("PRETTY_NAME"),
			cpe: fields.get("CPE_NAME"),
			path: `/${place}`,
		};
	}
	return undefined;
}

/** Returns the distribution of a system, for package URLs. */
export function distributionOf(system: OperatingSystem | undefined): Distribution {
	if (system === undefined) return { id: "", qualifier: undefined };
	const { id, version } = system;
	return { id, qualifier: version === "" ? id : `${id}-${version}` };
}

/** Returns Debian's release from `etc/debian_version`, such as 12.15: its os-release has only the version 12. */
function pointRelease(tree: RootfsTree, root: readonly string[], version: string): string {
	const text = readSmallFile(tree, [...root, "etc/debian_version"].join("/")).trim();
	return version !== "" && /^\d{1,4}\.\d{1,4}$/.test(text) && text.startsWith(`${version}.`) ? text : version;
}

/** Parses the variables of an os-release file, with the shell's quotes and escapes. */
function parseOsRelease(text: string): Map<string, string> {
	const fields = new Map<string, string>();
	for (const line of text.split("\n")) {
		const equals = line.indexOf("=");
		if (equals <= 0 || line.startsWith("#")) continue;
		fields.set(line.slice(0, equals).trim(), unquote(line.slice(equals + 1).trim()));
	}
	return fields;
}

function unquote(value: string): string {
	const quote = value[0];
	if (value.length < 2 || (quote !== '"' && quote !== "'") || !value.endsWith(quote)) return value;
	const inner = value.slice(1, -1);
	return quote === "'" ? inner : inner.replace(/\\([\\"$`])/g, "$1");
}

function readSmallFile(tree: RootfsTree, path: string): string {
	const file = resolveFile(tree, path as ByteString);
	if (file?.kind !== "file" || file.content.size > OS_RELEASE_LIMIT) return "";
	return Buffer.from(contentBytes(file.content)).toString("utf8");
}
