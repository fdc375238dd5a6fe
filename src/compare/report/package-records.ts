import type { ByteString } from "../../ground/bytes/index.js";

/**
 * What a file says about packages: `database` files list the installed packages or identify the system; `list`
 * files list the files of a system package; `python` and `node` files describe one package of a language, or list
 * its files.
 */
export type PackageRecord = "database" | "list" | "python" | "node";

/** Paths of the databases of package managers, and of the files that identify the system. */
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

/** Returns what the file of a path says about packages; undefined for most files. */
export function packageRecordOf(path: ByteString): PackageRecord | undefined {
	// Fast path: the end of the name shows that most files are not such a record.
	if (path.endsWith("/package.json")) return NODE.test(path) ? "node" : undefined;
	if (PYTHON_ENDS.some((end) => path.endsWith(end))) return PYTHON.test(path) ? "python" : undefined;
	if (path.endsWith(".list") || path.endsWith(".control")) return LISTS.test(path) ? "list" : undefined;
	return DATABASES.test(path) ? "database" : undefined;
}

const PYTHON_ENDS = ["/METADATA", "/RECORD", "/PKG-INFO", "/installed-files.txt", ".egg-info"];
