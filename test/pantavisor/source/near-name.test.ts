import { expect, test } from "vitest";
import { nearName } from "../../../src/pantavisor/source/near-name.js";

const KNOWN = ["docker_name", "docker_platform", "persistence", "PV_GROUP", "PV_GROUPS"];

test.each([
	["docker_plaform", "docker_platform"],
	["docker_platfrom", "docker_platform"],
	["persistance", "persistence"],
	["PV_GROPU", "PV_GROUP"],
	["PV_GROUPZ", "PV_GROUP"],
	["pv_group", undefined],
	["docker", undefined],
	["", undefined],
	["x".repeat(65), undefined],
])("%s is likely meant for %s", (name, meant) => {
	expect(nearName(name, KNOWN)).toBe(meant);
});

test("the nearest name counts, wherever it stands", () => {
	expect(nearName("abcd", ["abxx", "abcx"])).toBe("abcx");
	expect(nearName("abcd", ["abcx", "abxx"])).toBe("abcx");
});
