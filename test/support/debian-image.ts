import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Descriptor } from "../../src/image/oci/index.js";
import type { TarParts } from "./layers.js";
import type { LayoutDirectory, LayoutLayer } from "./layout-directory.js";
import { run, runBeside } from "./programs.js";
import { tarball } from "./tar-builder.js";
import { characterDevice, dir, fifo, file, hardlink, symlink, xattr } from "./tar-members.js";

/** A platform of the image, and Debian's name of its architecture. */
export interface DebianPlatform {
	readonly os: "linux";
	readonly architecture: string;
	readonly variant?: string;
	readonly debian: string;
}

export const DEBIAN_PLATFORMS: readonly DebianPlatform[] = [
	{ os: "linux", architecture: "amd64", debian: "amd64" },
	{ os: "linux", architecture: "arm64", debian: "arm64" },
	{ os: "linux", architecture: "arm", variant: "v7", debian: "armhf" },
];

/** Where this machine gets Debian's release from; without the updates, whose lists change daily. */
function debianMirror(): string {
	const targets = run(
		"apt-get",
		"indextargets",
		"--format",
		"$(RELEASE) $(REPO_URI)",
		"Created-By: Packages",
	);
	const release = targets.split("\n").find((line) => line.startsWith("bookworm "));
	if (release === undefined) throw new Error("apt: find bookworm: expected it among the sources");
	return release.slice("bookworm ".length);
}

const DAY = 86_400;
const TIME = 1_700_000_000;
const later = { mtime: TIME + DAY };
/** cap_net_raw+ep, revision 2. */
const CAPABILITY = Buffer.from("0100000200200000000000000000000000000000", "hex");

/** What an application adds to Debian: every kind of entry, names of any bytes. */
const application: TarParts = [
	dir("srv/", 0o755, later),
	dir("srv/app/", 0o2750, { uid: 33, gid: 4000, mtime: TIME }),
	file("srv/app/run", "#!/bin/sh\nexec sleep 1\n".repeat(300), { mode: 0o755, mtime: TIME }),
	hardlink("srv/app/run-again", "srv/app/run"),
	file("srv/app/su", "x".repeat(200_000), { mode: 0o6755, uid: 0, gid: 33, mtime: TIME }),
	file("srv/app/ping", "ping\n", { mode: 0o755, ...later, ...xattr("security.capability", CAPABILITY) }),
	file("srv/app/noted", "", later),
	file("srv/app/tagged", "", { ...later, ...xattr("user.tag", "a=b\0\xff") }),
	file("srv/app/caf\xe9 \xff", "Latin-1", later),
	file("srv/app/gr\xc3\xbc\xc3\x9f", "UTF-8", { uid: 3_000_000, gid: 70_000, ...later }),
	symlink("srv/app/link", "../../etc/os-release", later),
	symlink("srv/app/nowhere", "\xff/\xfe", later),
	characterDevice("srv/app/null", 1, 3, { mode: 0o666, ...later }),
	{ path: "srv/app/disk", type: "4", major: 259, minor: 70_000, mode: 0o660, gid: 6, ...later },
	fifo("srv/app/queue", { mode: 0o600, ...later }),
	dir("srv/app/data/", 0o1777, later),
	file("srv/app/data/old", "old", later),
	file("srv/app/data/zeros", Buffer.alloc(400_000), later),
];

/** What a second layer takes away and replaces. */
const changes: TarParts = [
	dir("srv/app/data/", 0o755, { mtime: TIME + 2 * DAY }),
	file("srv/app/data/.wh..wh..opq"),
	file("srv/app/data/new", "new\n".repeat(50_000), { mtime: TIME + 2 * DAY }),
	file("usr/share/doc/.wh.base-files"),
	file("usr/share/doc/libc6/.wh..wh..opq"),
	file("srv/app/.wh.run"),
	dir("srv/app/noted/", 0o700, { mtime: TIME + 2 * DAY }),
	file("bin/tool", "through a link", { mode: 0o755, mtime: TIME + 2 * DAY }),
];

/**
 * Debian's packages as mmdebstrap unpacks them, an application and its changes on top.
 * @param variant of mmdebstrap for this machine's architecture; the others are only unpacked.
 * @param work a directory for archives.
 */
export async function addDebianImage(
	layout: LayoutDirectory,
	{ debian, ...platform }: DebianPlatform,
	work: string,
	variant = "extract",
): Promise<Descriptor> {
	const archive = join(work, `${debian}.tar`);
	const chosen = debian === "amd64" ? variant : "extract";
	await archiveDebian(archive, debian, chosen, "base-files,busybox-static,libc6,media-types");
	const layers: LayoutLayer[] = [
		{ archive: readFileSync(archive), compression: "gzip" },
		{ archive: tarball(...application) },
		{ archive: tarball(...changes), compression: "gzip" },
	];
	return layout.addImage(platform, layers, { Cmd: ["/bin/busybox", "sh"], Env: ["PATH=/usr/bin:/bin"] });
}

/**
 * Writes an archive of Debian's packages as mmdebstrap unpacks them.
 * @param debian architecture.
 * @param packages comma list.
 */
export async function archiveDebian(
	archive: string,
	debian: string,
	variant: string,
	packages: string,
): Promise<void> {
	const options = [`--variant=${variant}`, `--architectures=${debian}`, `--include=${packages}`];
	// A mirror may be away for a moment.
	options.push('--aptopt=Acquire::Retries "8"');
	await runBeside("mmdebstrap", ...options, "bookworm", archive, debianMirror());
}
