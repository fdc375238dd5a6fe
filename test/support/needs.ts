import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { canRunGuest } from "./guest-kernel.js";
import { otherNodes } from "./node-versions.js";
import { have, isRoot, pythonWith } from "./programs.js";

const program = (name: string) => (): boolean => have(name);
const fileSystem = (name: string): boolean =>
	existsSync("/proc/filesystems") &&
	new RegExp(`\\b${name}\\b`).test(readFileSync("/proc/filesystems", "utf8"));

/** In front of a command: the rights of a user who owns nothing, and who can start this Node. */
const NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/** Whether root may mount: not in a container that has no such right. */
function canMount(): boolean {
	const place = mkdtempSync(join(tmpdir(), "pvpkg-mount-"));
	const { status } = spawnSync("mount", ["-t", "tmpfs", "none", place]);
	if (status === 0) spawnSync("umount", [place]);
	rmdirSync(place);
	return status === 0;
}

/** What a test can need besides Node: how to see whether it is there. */
const PROBES: Readonly<Record<string, () => boolean>> = {
	"7zz": program("7zz"),
	root: () => isRoot,
	"a plain user": () => !isRoot,
	Linux: () => process.platform === "linux",
	mounts: canMount,
	"loop devices": () =>
		have("losetup") && existsSync("/dev/loop-control") && fileSystem("squashfs") && has("mounts"),
	overlayfs: () => fileSystem("overlay"),
	"Debian 12's archive": () =>
		have("dpkg-deb") &&
		spawnSync("apt-get", ["-qq", "download", "--print-uris", "golang-1.19-src"]).status === 0,
	chromium: program("chromium"),
	cosign: program("cosign"),
	"cyclonedx-python-lib": () =>
		spawnSync("python3", ["-c", "import cyclonedx.validation.json, jsonschema"]).status === 0,
	"docker-registry": program("docker-registry"),
	"dpkg-query": () => have("dpkg-query") && existsSync("/var/lib/dpkg/status"),
	actionlint: program("actionlint"),
	IPv6: () => Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1")),
	fakeroot: program("fakeroot"),
	gcc: program("gcc"),
	getfattr: program("getfattr"),
	"gitlab-ci-local": program("gitlab-ci-local"),
	go: program("go"),
	gzip: program("gzip"),
	htpasswd: program("htpasswd"),
	jq: program("jq"),
	"lxc-info": program("lxc-info"),
	lz4: program("lz4"),
	mmdebstrap: program("mmdebstrap"),
	"network namespaces": () => spawnSync("unshare", ["-n", "true"]).status === 0,
	apk: program("apk"),
	opkg: program("opkg"),
	bazel: program("bazel"),
	"other versions of Node": () => otherNodes().length > 1,
	nix: () => have("nix-build") && have("nix-hash"),
	openssl: program("openssl"),
	PVPKG_DEVICE_ROOT: () => existsSync(`${process.env.PVPKG_DEVICE_ROOT}/usr/bin/pv-appengine`),
	pip: () =>
		/"metadata_location"/.test(spawnSync("python3", ["-m", "pip", "inspect", "--local"]).stdout?.toString()),
	podman: program("podman"),
	"prometheus-client": () => pythonWith("prometheus_client.openmetrics.parser") !== undefined,
	pseudo: program("pseudo"),
	pvr: program("pvr"),
	pvtx: program("pvtx"),
	pyspdxtools: program("pyspdxtools"),
	python3: program("python3"),
	"qemu-system": canRunGuest,
	"qemu-user": () => ["x86_64", "arm", "aarch64", "mips", "riscv64"].every((name) => have(`qemu-${name}`)),
	rpmbuild: program("rpmbuild"),
	"db5.3_load": program("db5.3_load"),
	setpriv: () => spawnSync("setpriv", [...NOBODY, process.execPath, "--version"]).status === 0,
	skopeo: program("skopeo"),
	sqlite3: program("sqlite3"),
	"squashfs-tools": () => have("mksquashfs") && have("unsquashfs"),
	"squashfs-tools-ng": () => have("tar2sqfs") && have("rdsquashfs") && have("sqfsdiff"),
	strace: () => spawnSync("strace", ["-f", "-qq", "-e", "inject=rename:signal=KILL", "true"]).status === 0,
	syft: program("syft"),
	"TUN devices": () => existsSync("/dev/net/tun") && have("ip") && have("nsenter"),
	tmux: program("tmux"),
	umoci: program("umoci"),
	veritysetup: program("veritysetup"),
	xz: program("xz"),
	zstd: program("zstd"),
};

export const NEEDS: readonly string[] = Object.keys(PROBES);

const answers = new Map<string, boolean>();

/** Whether this machine has something that a test needs. @throws Error for a need that nobody described. */
export function has(need: string): boolean {
	const probe = PROBES[need];
	if (probe === undefined) throw new Error(`${need}: unknown need, expected one of ${NEEDS.join(", ")}`);
	const known = answers.get(need) ?? probe();
	answers.set(need, known);
	return known;
}

/** `describe` and `test` for tests that need more than Node. */
export interface NeedyTests {
	readonly describe: typeof describe;
	readonly test: typeof test;
}

const nothing = Object.assign(() => undefined, { each: () => () => undefined });
const NONE = { describe: nothing, test: nothing } as unknown as NeedyTests;

/**
 * Returns vitest's `describe` and `test` where everything is there, and otherwise two that declare nothing:
 * `test/interop/missing.test.ts` has one skipped test for each thing that is missing. Name what a machine
 * lacks most often first (root before a program that only root can use): only the first one is reported.
 */
export function needs(...all: readonly string[]): NeedyTests {
	return all.every(has) ? { describe, test } : NONE;
}
