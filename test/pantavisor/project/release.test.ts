import { describe, expect, test } from "vitest";
import {
	ARCH_LABELS,
	distinctLabels,
	formatBuildVersion,
	formatPackageName,
	labelPlatform,
	parseCiConfigPlatforms,
	parseLabel,
	platformLabel,
	projectLabels,
} from "../../../src/pantavisor/project/index.js";

describe("labels", () => {
	test.each([
		["linux", "arm", undefined, "arm32v6"],
		["linux", "arm", "v5", "arm32v5"],
		["linux", "arm", "v7", "arm32v7"],
		["linux", "arm64", undefined, "arm64v8"],
		["linux", "arm64", "v8", "arm64v8"],
		["linux", "386", undefined, "i386"],
	])("%s/%s/%s is %s", (os, architecture, variant, label) => {
		expect(platformLabel({ os, architecture, variant })).toBe(label);
	});

	test.each(ARCH_LABELS)("%s and its platform name each other", (label) => {
		expect(platformLabel(labelPlatform(label))).toBe(label);
		expect(parseLabel(label)).toBe(label);
	});

	test.each([
		{ os: "windows", architecture: "amd64" },
		{ os: "linux", architecture: "arm", variant: "v8" },
		{ os: "linux", architecture: "loong64" },
	])("$os/$architecture/$variant has none", (platform) => {
		expect(() => platformLabel(platform)).toThrow(expect.objectContaining({ code: "ERR_RELEASE_LABEL" }));
	});

	test.each([
		["arm64", "arm64v8"],
		["armhf", "arm32v7"],
		["aarch64", "arm64v8"],
		["linux/arm", "arm32v6"],
		["386", "i386"],
	])("%s is another spelling of %s", (text, label) => {
		expect(parseLabel(text)).toBe(label);
	});

	test("two platforms of one label are refused, with both names", () => {
		const arm = { os: "linux", architecture: "arm" };
		expect(() => distinctLabels([arm, { ...arm, variant: "v6" }])).toThrow(
			"linux/arm and linux/arm/v6 both make arm32v6",
		);
		expect(distinctLabels([arm, { ...arm, variant: "v7" }])).toEqual(["arm32v6", "arm32v7"]);
	});

	test("a directory with sources under a name that is not a label is refused, others are left alone", () => {
		const names = ["notes", "arm64v8", "amd64"];
		expect(projectLabels(names, "pvpkg", () => false)).toEqual(["amd64", "arm64v8"]);
		expect(() => projectLabels([...names, "arm64"], "pvpkg", (name) => name === "arm64")).toThrow(
			"pvpkg/arm64: label: unknown architecture, rename it to arm64v8",
		);
		expect(() => projectLabels(["notes"], "pvpkg", () => true)).toThrow(
			"pvpkg/notes: label: unknown architecture",
		);
	});

	test("a word that is not a label is refused", () => {
		expect(() => parseLabel("toString")).toThrow("toString: label: unknown architecture");
	});
});

describe("package names", () => {
	const parts = {
		PACKAGE_NAME: "pvwebstatus",
		PACKAGE_VERSION: "v0.0.1",
		BUILD_VERSION: "0-g7ab223a",
		ARCH: "arm32v6",
	};

	test("container-ci's form", () => {
		expect(formatPackageName("container-ci", parts)).toBe("pvwebstatus-v0.0.1-0-g7ab223a.arm32v6.tgz");
	});

	test("GitLab's form needs no build version", () => {
		expect(formatPackageName("gitlab", { ...parts, BUILD_VERSION: undefined })).toBe(
			"pvwebstatus.v0.0.1.arm32v6.tgz",
		);
	});

	test.each([
		["container-ci", { ...parts, BUILD_VERSION: undefined }, "BUILD_VERSION: package name: no value"],
		["$COMMIT.tgz", parts, "$COMMIT: name template: unknown"],
		["$PACKAGE_NAME", { ...parts, PACKAGE_NAME: "../up" }, "package name: expected a file name"],
	])("%s is refused with its reason", (template, values, message) => {
		expect(() => formatPackageName(template, values)).toThrow(message);
	});

	test.each([
		[{ describe: "v0.0.1-0-g7ab223a" }, "0-g7ab223a"],
		[{ describe: "release-2-12-gabcdef0", count: "9", shortRevision: "abcdef0" }, "12-gabcdef0"],
		[{ count: "41", shortRevision: "7ab223a" }, "0-41-g7ab223a"],
		[{}, undefined],
	])("git %o gives %s", (git, version) => {
		expect(formatBuildVersion(git)).toBe(version);
	});
});

describe("container-ci.conf", () => {
	test("jobs in the form of the field", () => {
		const text = 'type="default"\njobs="amd64:x86_64::: arm32v7:arm:::"\n';
		expect(parseCiConfigPlatforms(text, "container-ci.conf")).toEqual(["linux/amd64", "linux/arm/v7"]);
	});

	test("PLATFORMS may be a list of the shell", () => {
		const text = "PLATFORMS=(linux/arm/v7 linux/arm64)\n";
		expect(parseCiConfigPlatforms(text, "c.conf")).toEqual(["linux/arm/v7", "linux/arm64"]);
		expect(() => parseCiConfigPlatforms("PLATFORMS=($(id))\n", "c.conf")).toThrow("c.conf: platforms: none");
	});

	test("PLATFORMS wins over jobs", () => {
		const text = "jobs=\"mips::::\"\nexport PLATFORMS='linux/arm/v6,linux/arm64' # ours\n";
		expect(parseCiConfigPlatforms(text, "container-ci.conf")).toEqual(["linux/arm/v6", "linux/arm64"]);
	});

	test("nothing is executed", () => {
		expect(() => parseCiConfigPlatforms('PLATFORMS="$(id -u)"\n', "c.conf")).toThrow(
			"c.conf: PLATFORMS: value needs a shell",
		);
	});

	test("no platforms at all", () => {
		expect(() => parseCiConfigPlatforms("type=default\n", "c.conf")).toThrow("c.conf: platforms: none");
	});
});
