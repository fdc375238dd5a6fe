import { describe, expect, test } from "vitest";
import { isRootfsLocation, parseImageLocation } from "../../../src/image/sources/index.js";

describe("IMAGE", () => {
	test.each([
		["oci:build", { kind: "oci", path: "build", tag: undefined }],
		["oci:build:v1", { kind: "oci", path: "build", tag: "v1" }],
		["oci:out.zip//oci:v1", { kind: "oci", path: "out.zip//oci", tag: "v1" }],
		["oci-archive:a.tar", { kind: "oci-archive", path: "a.tar", tag: undefined }],
		["oci-archive:-", { kind: "oci-archive", path: "-", tag: undefined }],
		[
			"docker-archive:a.tar:reg.example:5000/app:1",
			{ kind: "docker-archive", path: "a.tar", tag: "reg.example:5000/app:1" },
		],
		["docker-daemon:app:1", { kind: "docker-daemon", name: "app:1" }],
		["dir:/srv/root:fs", { kind: "dir", path: "/srv/root:fs" }],
		["tar:root.tar.gz", { kind: "tar", path: "root.tar.gz" }],
	])("%s", (text, location) => {
		expect(parseImageLocation(text)).toEqual(location);
		expect(isRootfsLocation(parseImageLocation(text))).toBe(/^(dir|tar):/.test(text));
	});

	test.each([
		["alpine", "registry-1.docker.io", "library/alpine", "latest"],
		["alpine:3.20", "registry-1.docker.io", "library/alpine", "3.20"],
		["localhost:5000/tar:1", "localhost:5000", "tar", "1"],
		["docker://alpine:3", "registry-1.docker.io", "library/alpine", "3"],
		["oci://reg.example/team/app:1", "reg.example", "team/app", "1"],
		["docker.io/library/oci:1", "registry-1.docker.io", "library/oci", "1"],
	])("%s is a registry's", (text, registry, repository, tag) => {
		expect(parseImageLocation(text)).toMatchObject({
			kind: "registry",
			reference: { registry, repository, tag },
		});
	});

	test.each([
		["oci:", "ERR_LOCATION"],
		["oci:-", "ERR_LOCATION"],
		["oci::v1", "ERR_LOCATION"],
		["oci-archive:a.tar:", "ERR_LOCATION"],
		["docker-daemon:", "ERR_LOCATION"],
		["dir:", "ERR_LOCATION"],
		["tar:a\0b", "ERR_LOCATION"],
		["docker://Alpine", "ERR_REFERENCE"],
		["containers-storage:alpine", "ERR_LOCATION"],
		["Alpine", "ERR_REFERENCE"],
	])("%j is refused", (text, code) => {
		expect(() => parseImageLocation(text)).toThrow(expect.objectContaining({ code }));
	});
});
