import { expect, test } from "vitest";
import { ArchiveNames } from "../../../src/image/rootfs/index.js";

const HEX = "a".repeat(64);

function kindOf(...paths: string[]): string {
	const names = new ArchiveNames();
	const isDecided = paths.some((path) => names.add(path, path.endsWith("/")));
	return isDecided ? `${names.kind} at once` : names.kind;
}

test.each([
	["oci-archive", ["oci-layout", "index.json", "blobs/", "blobs/sha256/", `blobs/sha256/${HEX}`]],
	[
		"oci-archive",
		[`./blobs/sha256/${HEX}`, "./index.json", "./oci-layout", "./manifest.json", "repositories"],
	],
	["oci-archive", ["image/", "image/oci-layout", "image/index.json", `image/blobs/sha256/${HEX}`]],
	["docker-archive", [`${HEX}.json`, `${HEX}.tar`, "manifest.json"]],
	["docker-archive", [`${HEX}/`, `${HEX}/VERSION`, `${HEX}/layer.tar`, "manifest.json", "repositories"]],
	["docker-archive", ["0/", "0/layer.tar", "1/", "1/layer.tar", "manifest.json"]],
	["package", ["json", `objects/${HEX}`]],
	["package", [`objects/${HEX}`, "json"]],
	["tar", ["manifest.json/", "x/"]],
	["tar", []],
	["tar", ["blobs/", "blobs/x"]],
	["tar at once", ["bin/", "etc/", "bin/app"]],
	["tar at once", ["rootfs/", "rootfs/bin/", "rootfs/bin/app", "manifest.json"]],
	["tar at once", ["oci-layout", "index.json", "usr/bin/app"]],
	["tar at once", ["image/oci-layout", "image/index.json", "app"]],
])("%s of %j", (kind, paths) => {
	expect(kindOf(...paths)).toBe(kind);
});
