import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { ENGINE_ROOMS, engineDigest } from "../../src/container/made-images.js";

const isIn = (program: string) => (room: string) => existsSync(`${program}/${room}/index.js`);

test("the engine's digest is of rooms that decide bytes, each of which is there, alone or in a file with others", () => {
	const [source, installed] = [isIn("dist/src"), isIn("dist/program")];
	expect(ENGINE_ROOMS.filter((room) => !source(room) && !installed(room))).toEqual([]);
	expect(ENGINE_ROOMS.filter((room) => !source(room))).toEqual(["image/origins", "pantavisor/container"]);
	expect(ENGINE_ROOMS.filter((room) => !installed(room))).toEqual([
		"image/sources",
		"pantavisor/state",
		"pantavisor/source",
		"pantavisor/run",
		"pantavisor/lxc",
	]);
	expect(engineDigest()).toMatch(/^[0-9a-f]{64}$/);
});
