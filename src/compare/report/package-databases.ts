import type { ByteString } from "../../ground/bytes/index.js";

/** Where package managers write down what is installed, and systems who they are. */
const DATABASES = new RegExp(
	[
		"^(?:etc|usr/lib)/os-release$",
		"^etc/debian_version$",
		"^var/lib/dpkg/status(?:\\.d/[^/]+)?$",
		"^(?:usr|var)/lib/opkg/status$",
		"^(?:usr/)?lib/apk/db/installed$",
		"^(?:var/lib|usr/lib/sysimage)/rpm/[^/]+$",
	].join("|"),
);

/** Returns whether a file of that path says what is installed in an image. */
export function isPackageDatabase(path: ByteString): boolean {
	return DATABASES.test(path);
}
