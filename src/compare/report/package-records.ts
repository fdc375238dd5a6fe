import type { ByteString } from "../../ground/bytes/index.js";

/**
 * What a file says of packages: `database`, what is installed, or what the system is; `list`, which files the
 * packages of the system have; `python` and `node`, what one package of a language is, or which files it has.
 */
export type PackageRecord = "database" | "list" | "python" | "node";

/** Where package managers write down what is installed, and systems who they are. */
const DATABASES = new RegExp(
	[
		"^(?:etc|usr/lib)/os-release$",
		"^etc/debian_version$",
		"^var/lib/dpkg/(?:diversions|status(?:\\.d/[^/]+)?)$",
		"^(?:usr|var)/lib/opkg/status$",
		"^(?:usr/)?lib/apk/db/installed$",
		"^(?:var/lib|usr/lib/sysimage)/rpm/[^/]+$",
	].join("|"),
);
const LISTS = /^(?:var\/lib\/dpkg\/info\/[^/]+\.list|(?:usr|var)\/lib\/opkg\/info\/[^/]+\.(?:list|control))$/;
const PYTHON = /\.dist-info\/(?:METADATA|RECORD)$|\.egg-info\/(?:PKG-INFO|installed-files\.txt)$|\.egg-info$/;
const NODE = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/;

/** Returns what a file of that path says of packages; undefined for most. */
export function packageRecordOf(path: ByteString): PackageRecord | undefined {
	// Most files are known by the end of their names not to be one.
	if (path.endsWith("/package.json")) return NODE.test(path) ? "node" : undefined;
	if (PYTHON_ENDS.some((end) => path.endsWith(end))) return PYTHON.test(path) ? "python" : undefined;
	if (path.endsWith(".list") || path.endsWith(".control")) return LISTS.test(path) ? "list" : undefined;
	return DATABASES.test(path) ? "database" : undefined;
}

const PYTHON_ENDS = ["/METADATA", "/RECORD", "/PKG-INFO", "/installed-files.txt", ".egg-info"];
